package io.mosaic.cli.connect;

import io.mosaic.cli.term.Console;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.client.ClientSettings;
import io.mosaic.model.client.MosaicClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the commands of one run share: the console, the options, and a client made when first asked for.
 *
 * <p>Which server: {@code --context}; else {@code --server} or MOS_SERVER; else, unless MOS_HOME is set, the current
 * context; else this machine's own installation.
 */
public final class Session implements AutoCloseable {
    /** A check of all content answers when it has read it. */
    private static final Duration IMAGES_TIMEOUT = Duration.ofHours(24);

    private final Console console;
    private final ConnectionOptions options = new ConnectionOptions();
    private @Nullable MosaicClient client;
    private @Nullable MosaicClient images;

    public Session(Console console) {
        this.console = console;
    }

    public Console console() {
        return console;
    }

    public ConnectionOptions options() {
        return options;
    }

    public Map<String, String> environment() {
        return console.environment();
    }

    /** @throws CliException when no server is known */
    public MosaicClient client() {
        MosaicClient made = client;
        if (made == null) {
            try {
                made = new MosaicClient(settings());
            } catch (IllegalArgumentException e) {
                throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            client = made;
        }
        return made;
    }

    /**
     * A client of the image repository, as the same caller. Which one: MOS_IMAGES; else that of the server that other commands
     * speak to: of this machine's own by its files, of another one as it says.
     *
     * @throws CliException when none is known
     */
    public MosaicClient images() {
        MosaicClient made = images;
        if (made == null) {
            try {
                made = new MosaicClient(imageSettings());
            } catch (IllegalArgumentException e) {
                throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            images = made;
        }
        return made;
    }

    private ClientSettings imageSettings() throws IOException {
        String named = variable("MOS_IMAGES");
        LocalServer local = LocalServer.of(environment());
        if (named != null) {
            return named(URI.create(named), local).withTimes(IMAGES_TIMEOUT, ClientSettings.RETRY_FOR);
        }
        if (local()) {
            URI own = local.images();
            if (own == null) {
                throw new CliException(
                        ExitCode.UNREACHABLE,
                        "no image repository is known: name one in MOS_IMAGES, such as https://host:8445, with its token in MOS_TOKEN");
            }
            String token = token();
            return ClientSettings.of(own, token == null ? local.token() : token, authority(local))
                    .withTimes(IMAGES_TIMEOUT, ClientSettings.RETRY_FOR);
        }
        ClientSettings controller = settings();
        return ClientSettings.of(told(controller), controller.token(), controller.authority())
                .withTimes(IMAGES_TIMEOUT, ClientSettings.RETRY_FOR);
    }

    /** The repository that a controller names. The token goes there, so it must not be readable on the way, nor go astray. */
    private URI told(ClientSettings controller) {
        URI url;
        try {
            url = URI.create(client().imageRepository().url());
        } catch (ProblemException e) {
            if (e.is(Problem.Kind.NOT_FOUND)) {
                throw new CliException(
                        ExitCode.NOT_FOUND,
                        controller.server()
                                + " names no image repository (\"images\" in its configuration); name one in MOS_IMAGES");
            }
            throw e;
        }
        boolean near = loopback(url.getHost());
        if (near && !loopback(controller.server().getHost())) {
            throw new CliException(
                    ExitCode.UNREACHABLE,
                    controller.server() + " has its image repository at " + url
                            + ", which only its own machine reaches; name one in MOS_IMAGES");
        }
        if (!near && !"https".equals(url.getScheme())) {
            throw new CliException(ExitCode.FAILED, "the image repository " + url + " is not encrypted");
        }
        return url;
    }

    /** By its name alone: nobody else can listen there. */
    private static boolean loopback(@Nullable String host) {
        return host != null
                && (host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.[0-9]{1,3}){3}"));
    }

    /** Whether no option, variable or context names another server than this machine's own. */
    private boolean local() throws IOException {
        return options.context == null
                && options.server == null
                && variable("MOS_SERVER") == null
                && (variable("MOS_HOME") != null
                        || Contexts.read(Contexts.file(environment())).current() == null);
    }

    private ClientSettings settings() throws IOException {
        String server = options.server != null ? options.server : variable("MOS_SERVER");
        LocalServer local = LocalServer.of(environment());
        if (options.context != null) {
            return of(context(options.context));
        }
        if (server != null) {
            return named(URI.create(server), local);
        }
        Contexts contexts = Contexts.read(Contexts.file(environment()));
        if (variable("MOS_HOME") == null && contexts.current() != null) {
            return of(context(contexts.current()));
        }
        if (!local.exists()) {
            throw new CliException(
                    ExitCode.UNREACHABLE,
                    "no server is known: start one with \"mos quickstart\" or \"mos up\", or give --server and a token");
        }
        String token = token();
        return ClientSettings.of(local.uri(), token == null ? local.token() : token, authority(local))
                .withTenant(tenant(null));
    }

    /** A server that the user named gets the token that the user named, never this machine's own. */
    private ClientSettings named(URI server, LocalServer local) throws IOException {
        return ClientSettings.of(server, token(), authority(local)).withTenant(tenant(null));
    }

    private ClientSettings of(Contexts.Entry entry) throws IOException {
        String token = options.tokenFile == null ? entry.token() : token();
        String authority = options.caFile == null ? entry.authority() : Files.readString(options.caFile);
        return ClientSettings.of(URI.create(entry.server()), token, authority).withTenant(tenant(entry.tenant()));
    }

    private Contexts.Entry context(String name) throws IOException {
        Contexts.Entry entry =
                Contexts.read(Contexts.file(environment())).contexts().get(name);
        if (entry == null) {
            throw new CliException(ExitCode.USAGE, "there is no context named " + name + "; see: mos context list");
        }
        return entry;
    }

    /** The token that options or environment name, or null. */
    public @Nullable String token() throws IOException {
        return options.tokenFile == null
                ? variable("MOS_TOKEN")
                : Files.readString(options.tokenFile).strip();
    }

    private @Nullable String authority(LocalServer local) throws IOException {
        if (options.caFile != null) {
            return Files.readString(options.caFile);
        }
        String file = variable("MOS_CA_FILE");
        return file == null ? local.authority() : Files.readString(Path.of(file));
    }

    private @Nullable String tenant(@Nullable String other) {
        if (options.tenant != null) {
            return options.tenant;
        }
        String variable = variable("MOS_TENANT");
        return variable == null ? other : variable;
    }

    /** The tenant that the user acts for, where a name without one needs it: as named, else {@code default}. */
    public String tenant() {
        String named = tenant(null);
        return named == null ? "default" : named;
    }

    private @Nullable String variable(String name) {
        String value = environment().get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    @Override
    public void close() {
        if (client != null) {
            client.close();
        }
        if (images != null) {
            images.close();
        }
    }
}
