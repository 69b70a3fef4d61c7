package io.mosaic.controller;

import io.mosaic.controller.agents.ControllerDirectory;
import io.mosaic.controller.agents.HostLinks;
import io.mosaic.controller.agents.StreamRouter;
import io.mosaic.controller.agents.UsageShare;
import io.mosaic.controller.api.Admission;
import io.mosaic.controller.api.Api;
import io.mosaic.controller.api.ApiServices;
import io.mosaic.controller.api.AuditLog;
import io.mosaic.controller.api.ScalingServices;
import io.mosaic.controller.auth.Bootstrap;
import io.mosaic.controller.lead.Leader;
import io.mosaic.controller.lead.LeaderTimes;
import io.mosaic.controller.lead.PrometheusQueries;
import io.mosaic.controller.lead.ScalingInputs;
import io.mosaic.controller.lead.StoreLeases;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.store.Journals;
import io.mosaic.controller.store.LogSettings;
import io.mosaic.controller.store.PostgresStore;
import io.mosaic.controller.store.ReplicaJournals;
import io.mosaic.controller.store.StoreException;
import io.mosaic.controller.store.StoreLog;
import io.mosaic.controller.store.embedded.EmbeddedPostgres;
import io.mosaic.controller.watch.EventFeed;
import io.mosaic.controller.watch.WatchHub;
import io.mosaic.kit.http.HttpServer;
import io.mosaic.kit.http.TokenAuthenticator;
import io.mosaic.kit.metrics.Metrics;
import io.mosaic.kit.process.StartWait;
import io.mosaic.kit.process.StartedParts;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.DurableFile;
import io.mosaic.kit.tls.ServerNames;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.sql.PostgresConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running controller: every part, started from the database outward and stopped the other way round.
 */
public final class Controller implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Controller.class);

    private final ControllerConfig config;
    private final MosaicHome home;
    private final Clock clock = Clock.systemUTC();
    private final SecureRandom random = new SecureRandom();
    private final StartedParts parts = new StartedParts();
    private volatile boolean stopping;
    private @Nullable HttpServer server;
    private @Nullable HostLinks links;

    private Controller(ControllerConfig config, MosaicHome home) {
        this.config = config;
        this.home = home;
    }

    /**
     * Starts one; what was started before a failure is stopped again.
     *
     * @throws IOException in one line, saying what is in the way
     */
    public static Controller start(ControllerConfig config, MosaicHome home) throws IOException, InterruptedException {
        Controller controller = new Controller(config, home);
        boolean up = false;
        try {
            controller.start();
            up = true;
            return controller;
        } catch (StoreException e) {
            throw new IOException("the database: " + e.reason(), e);
        } catch (GeneralSecurityException | IllegalArgumentException | ProblemException e) {
            throw new IOException(String.valueOf(e.getMessage()), e);
        } finally {
            if (!up) {
                controller.close();
            }
        }
    }

    private void start() throws IOException, InterruptedException, StoreException, GeneralSecurityException {
        String name = config.name() == null ? ServerNames.hostName() : config.name();
        keep("lock", HomeLock.take(home));
        ClusterAuthority authority = ClusterAuthority.loadOrCreate(home.etc().resolve("ca"));
        DurableFile.writePublic(
                home.etc().resolve("ca.pem"), authority.certificatePem().getBytes(StandardCharsets.US_ASCII));
        SSLContext tls = tls(authority);
        PostgresConfig database = database();
        StartWait wait = new StartWait(StartWait.PATIENCE, Controller::away);
        PostgresStore store = keep("database connections", wait.until(() -> PostgresStore.open(database)));
        StoreLog log = keep("log", wait.until(() -> StoreLog.open(store, LogSettings.DEFAULT, clock)));
        wait.until(() -> {
            Bootstrap.run(log, home.etc().resolve("admin.token"), random, clock.instant());
            return log;
        });

        wait.until(() -> {
            requireSameAuthority(store, authority);
            return log;
        });
        String life =
                config.database() == null ? "only" : name + "-" + HexFormat.of().toHexDigits(random.nextLong());
        StoreLeases leases = wait.until(() -> leases(store, life));
        KnownLeader known = new KnownLeader(leases);
        HostLinks hosts = keep("host links", links(name, log, authority, leases));
        this.links = hosts;
        ControllerDirectory directory =
                keep("directory", ControllerDirectory.start(store, life, name, advertised(hosts.port())));
        StreamRouter router = keep("streams", new StreamRouter(hosts.streams(), directory, authority));
        Metrics metrics = metrics(log, hosts);
        AuditLog audit = keep("audit", new AuditLog(store, clock, metrics));
        WatchHub hub = keep("watches", new WatchHub(log));
        Journals journals = journals(store);
        EventFeed feed = keep("events", new EventFeed(store));
        Admission admission = new Admission(config.writeLimits());
        metrics.gauge("mosaic_writes_in_flight", "Changes under way now.", admission::inFlight);
        metrics.gauge("mosaic_writes_refused", "Changes refused as too many, since the start.", admission::refused);
        metrics.gauge("mosaic_watchers", "Watches open now.", hub::watching);
        UsageShare share = keep("usage", UsageShare.start(store, life, log::image, hosts, clock));
        ApiServices services = new ApiServices(
                log,
                journals,
                router::open,
                hub,
                feed,
                admission,
                metrics,
                clock,
                random,
                name,
                version(),
                Set.copyOf(config.allowedCapabilities()),
                authority.fingerprint(),
                new ScalingServices(share, authority::secret, Set.copyOf(config.allowedPrometheus())),
                config.images() == null ? null : config.images().url(),
                hosts.grants(),
                () -> stopping ? "the controller stops" : notReady(log, known));
        HttpServer api = keep("API", api(services, tls, audit));
        this.server = api;
        metrics.gauge("mosaic_http_in_flight", "Calls being answered now.", api::inFlight);
        metrics.gauge("mosaic_http_streams", "Watches, logs and sockets open now.", api::openStreams);
        // Last, so that it is the first to go: another takes over while calls are still being answered here.
        PrometheusQueries queries = keep("queries", new PrometheusQueries());
        Leader leader = keep(
                "leader",
                Leader.start(
                        log,
                        known,
                        leases,
                        Scheduler.standard(),
                        clock,
                        LeaderTimes.STANDARD,
                        config.rebuildLimits(),
                        new ScalingInputs(share, queries)));
        metrics.gauge(
                "mosaic_link_messages_passed_over",
                "Messages of agents that only a newer version knows, since the start.",
                hosts::passedOver);
        metrics.gauge("mosaic_leading", "1 on the controller that leads.", () -> leader.leading() ? 1 : 0);
        metrics.gauge(
                "mosaic_rebuild_stopped_zones",
                "Zones with so many silent hosts that nothing is rebuilt; on the leader.",
                leader::stoppedZones);
        LOG.info(
                "controller {} serves https://{}:{} and agents on {}:{}",
                name,
                config.api().bindOrLocal(),
                api.port(),
                config.link().bindOrLocal(),
                hosts.port());
    }

    /**
     * A database of our own serves nobody else (the home's lock says so), so a lease still in force is of an earlier life
     * of this controller that was killed: taken back at once, not waited for.
     */
    private StoreLeases leases(PostgresStore store, String life) {
        StoreLeases leases = new StoreLeases(store, life);
        if (config.database() == null) {
            leases.release(0);
        }
        return leases;
    }

    /** All controllers of a cluster sign with one CA: each has the same two files. */
    private void requireSameAuthority(PostgresStore store, ClusterAuthority authority)
            throws StoreException, IOException {
        if (!store.authority(authority.fingerprint()).equals(authority.fingerprint())) {
            throw new IOException(
                    "the certificate authority in " + home.etc().resolve("ca")
                            + " is not the one that the controllers of this database use: copy ca.pem and ca.key from one of them");
        }
    }

    /** Where other controllers reach the link. */
    private String advertised(int port) {
        String given = config.advertise();
        if (given != null) {
            return given;
        }
        String bind = config.link().bindOrLocal();
        boolean any = bind.equals("0.0.0.0") || bind.equals("::");
        String host = any ? ServerNames.hostName() : bind;
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /** What this controller's link is called: as configured, and as other controllers call it. */
    private List<String> linkNames() {
        List<String> names = new ArrayList<>(config.names());
        String given = config.advertise();
        if (given != null) {
            names.add(given.substring(0, given.lastIndexOf(':')).replaceAll("[\\[\\]]", ""));
        }
        return names;
    }

    private <T extends AutoCloseable> T keep(String name, T part) {
        return parts.keep(name, part);
    }

    /** What of the database being away a failure tells of, or null. */
    private static @Nullable String away(Exception thrown) {
        return switch (thrown) {
            case StoreException e when e.kind() == StoreException.Kind.UNAVAILABLE -> e.reason();
            case ProblemException e when e.is(Problem.Kind.UNAVAILABLE) -> e.getMessage();
            default -> null;
        };
    }

    private PostgresConfig database() throws IOException {
        ControllerConfig.Database given = config.database();
        if (given != null) {
            return PostgresConfig.of(given.url(), given.user(), password(Path.of(given.passwordFile())));
        }
        Path root = home.lib().resolve("postgres");
        return keep("PostgreSQL", EmbeddedPostgres.start(root, step -> LOG.info("PostgreSQL: {}", step)))
                .config();
    }

    /** Of a replica when there is one to read from. */
    private Journals journals(PostgresStore store) throws IOException {
        ControllerConfig.Database given = config.database();
        if (given == null || given.readUrl() == null) {
            return store;
        }
        return keep(
                "replica connections",
                ReplicaJournals.of(
                        PostgresConfig.of(given.readUrl(), given.user(), password(Path.of(given.passwordFile()))),
                        store));
    }

    private static String password(Path file) throws IOException {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new IOException("cannot read the database's password file " + file, e);
        }
    }

    private SSLContext tls(ClusterAuthority authority) throws GeneralSecurityException, IOException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                authority
                        .issueServer(ServerNames.of(config.api().bindOrLocal(), config.names()))
                        .keyManagers(),
                null,
                null);
        return context;
    }

    private HostLinks links(String name, StoreLog log, ClusterAuthority authority, StoreLeases leases)
            throws IOException, GeneralSecurityException {
        String bind = config.link().bindOrLocal();
        HostLinks.Settings settings = new HostLinks.Settings(
                name,
                bind,
                config.linkPort(),
                ServerNames.of(bind, linkNames()),
                HostLinks.Settings.HEARTBEAT,
                config.images() == null ? null : config.images().url());
        try {
            return HostLinks.start(settings, log, authority, leases, clock);
        } catch (IOException e) {
            throw cannotListen("link", bind, config.linkPort(), e);
        }
    }

    private HttpServer api(ApiServices services, SSLContext tls, AuditLog audit) throws IOException {
        String bind = config.api().bindOrLocal();
        try {
            return HttpServer.start(
                    bind,
                    config.apiPort(),
                    tls,
                    Api.routes(services),
                    new TokenAuthenticator(name -> services.log().image().token(name), clock),
                    config.httpLimits(),
                    Api.observer(services.metrics(), audit));
        } catch (IOException e) {
            throw cannotListen("api", bind, config.apiPort(), e);
        }
    }

    private static IOException cannotListen(String key, String bind, int port, IOException e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return new IOException(
                "cannot listen on " + bind + ":" + port + " (\"" + key + "\" in the configuration): "
                        + root.getMessage(),
                e);
    }

    private static Metrics metrics(StoreLog log, HostLinks hosts) {
        Metrics metrics = Metrics.create();
        metrics.gauge(
                "mosaic_log_revision",
                "Revision of this controller's image.",
                () -> log.image().revision());
        metrics.gauge("mosaic_log_compacted_revision", "Oldest revision to watch from.", log::compactedTo);
        metrics.gauge(
                "mosaic_share_hosts",
                "Hosts that share blobs of images by this controller, each once for each blob.",
                hosts.shares()::sharing);
        metrics.gauge(
                "mosaic_share_wrong_bytes",
                "How often a host told of another that sent it wrong bytes, since the start.",
                hosts.shares()::wrongBytes);
        metrics.gauge("mosaic_hosts_connected", "Hosts linked to this controller.", hosts::connected);
        metrics.gauge(
                "mosaic_sets_unplaced",
                "Sets that wait for a host.",
                () -> log.image().unplaced().size());
        return metrics;
    }

    private static @Nullable String notReady(StoreLog log, KnownLeader leader) {
        String outage = log.outage();
        if (outage != null) {
            return "the database is away: " + outage;
        }
        return leader.known() ? null : "no leader is known yet";
    }

    private static String version() {
        String version = Controller.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version.toLowerCase(Locale.ROOT);
    }

    /** The port of the API. */
    public int apiPort() {
        if (server == null) {
            throw new IllegalStateException("not started");
        }
        return server.port();
    }

    /** The port that agents connect to. */
    public int linkPort() {
        if (links == null) {
            throw new IllegalStateException("not started");
        }
        return links.port();
    }

    /**
     * Stops all parts: leading first, so that another controller takes over at once, then the API, so that callers get their answers, PostgreSQL last so that nobody misses it. A part
     * that fails to stop does not keep the others from it.
     */
    @Override
    public void close() {
        stopping = true;
        parts.close();
    }
}
