package io.mosaic.cli.command;

import com.sun.net.httpserver.HttpServer;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import io.mosaic.model.Event;
import io.mosaic.model.Kind;
import io.mosaic.model.Page;
import io.mosaic.model.SetResource;
import io.mosaic.model.client.ClientSettings;
import io.mosaic.model.client.EventQuery;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.ServerUnreachableException;
import io.mosaic.model.client.SetQuery;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * What most commands do, done once against a server inside this process: the launcher trains the JDK's ahead-of-time cache
 * (JEP 483, JEP 515) with it, so that the first real command finds its classes loaded and linked.
 */
@Command(
        name = "warm-up",
        mixinStandardHelpOptions = true,
        hidden = true,
        description = "Does nothing of use but what the launcher trains a quick start with.",
        footer = {"", "Example:", "  mos warm-up"})
public final class WarmUpCommand implements Callable<Integer> {

    private static final String SET = """
            {"kind":"set","tenant":"default","name":"web","uid":"11111111-2222-3333-4444-555555555555","revision":7,
             "generation":1,"created":"2026-01-02T03:04:05Z","labels":{"app":"web"},
             "spec":{"name":"web","kind":"container","resources":{"cpu":0.5,"memory":"64Mi"},
              "containers":[{"index":1,"name":"a","image":"demo","options":{"CPU":50,"ports":[{"container":80,"host":8080}],
               "health":{"http":"http://localhost/","interval":"5s"}}}],
              "volume":{"size":"512Mi","mount":"/data"},"labels":{"app":"web"}},
             "intent":{"run":"RUNNING","restarts":0},
             "status":{"state":"RUNNING","host":"h1","ip":"10.0.0.2","since":"2026-01-02T03:04:06Z","observedGeneration":1,
              "containers":[{"name":"a","index":1,"image":"demo","state":"up","id":"x","restarts":0}]}}""";

    private static final String EVENT = """
            {"id":1,"at":"2026-01-02T03:04:05Z","tenant":"default","kind":"set","name":"web","type":"Created",
             "warning":false,"message":"accepted"}""";

    private final Console console;

    public WarmUpCommand(Session session) {
        this.console = session.console();
    }

    @Override
    public Integer call() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            String answer = path.endsWith("/web")
                    ? SET
                    : "{\"revision\":7,\"items\":[" + (path.endsWith("events") ? EVENT : SET) + "]}";
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        });
        server.start();
        try {
            String address = "127.0.0.1:" + server.getAddress().getPort();
            use(URI.create("http://" + address));
            handshake(URI.create("https://" + address));
        } finally {
            server.stop(0);
        }
        return 0;
    }

    private void use(URI uri) {
        try (MosaicClient client = new MosaicClient(ClientSettings.of(uri, "none", null))) {
            Page<SetResource> sets = client.sets().listAll(SetQuery.ALL);
            List<Event> events =
                    client.events(new EventQuery(Kind.SET, "web", null, 10)).items();
            console.out().print(SetViews.table(console, sets.items(), true));
            console.out().print(SetViews.details(console, client.sets().get("web"), "", events));
        }
    }

    /** A plain server answers no TLS, but the client has loaded by then what it says first. */
    private static void handshake(URI uri) {
        ClientSettings settings = ClientSettings.of(uri, "none", null).withTimes(Duration.ofSeconds(5), Duration.ZERO);
        try (MosaicClient client = new MosaicClient(settings)) {
            client.ready();
        } catch (ServerUnreachableException e) {
            System.getLogger(WarmUpCommand.class.getName()).log(System.Logger.Level.DEBUG, "as expected", e);
        }
    }
}
