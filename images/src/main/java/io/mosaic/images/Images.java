package io.mosaic.images;

import io.mosaic.images.access.Gate;
import io.mosaic.images.access.ScopeTokens;
import io.mosaic.images.api.ImagesApi;
import io.mosaic.images.blob.FileBlobStore;
import io.mosaic.images.catalog.CatalogDatabase;
import io.mosaic.images.catalog.CatalogSettings;
import io.mosaic.images.catalog.ClusterRecords;
import io.mosaic.images.catalog.TenantCatalog;
import io.mosaic.images.oci.OciApi;
import io.mosaic.images.registry.Registry;
import io.mosaic.images.share.TicketApi;
import io.mosaic.kit.http.HttpLimits;
import io.mosaic.kit.http.HttpServer;
import io.mosaic.kit.http.Mount;
import io.mosaic.kit.metrics.Metrics;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.Credentials;
import io.mosaic.kit.tls.DurableFile;
import io.mosaic.kit.tls.ServerNames;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running image repository: every part, started from the database outward and stopped the other way round. */
public final class Images implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Images.class);

    private static final int KEY_BYTES = 32;

    /** Uploads and downloads at once, each with up to 640 KiB of buffers: they fit a heap of 512 MiB. More get 429. */
    private static final int TRANSFERS_MAX = 512;

    private static final HttpLimits LIMITS = new HttpLimits(
            HttpLimits.DEFAULT.bodyBytes(),
            HttpLimits.DEFAULT.headerBytes(),
            HttpLimits.DEFAULT.requests(),
            HttpLimits.DEFAULT.connections(),
            TRANSFERS_MAX,
            HttpLimits.DEFAULT.readTimeout(),
            HttpLimits.DEFAULT.writeTimeout(),
            HttpLimits.DEFAULT.pingInterval());

    private final ImagesConfig config;
    private final MosaicHome home;
    private final Clock clock = Clock.systemUTC();
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private @Nullable HttpServer server;

    private Images(ImagesConfig config, MosaicHome home) {
        this.config = config;
        this.home = home;
    }

    /**
     * Starts one; what was started before a failure is stopped again.
     *
     * @throws IOException in one line, saying what is in the way
     */
    public static Images start(ImagesConfig config, MosaicHome home) throws IOException {
        Images images = new Images(config, home);
        boolean up = false;
        try {
            images.start();
            up = true;
            return images;
        } catch (GeneralSecurityException | IllegalArgumentException | ProblemException e) {
            throw new IOException(String.valueOf(e.getMessage()), e);
        } finally {
            if (!up) {
                images.close();
            }
        }
    }

    private void start() throws IOException, GeneralSecurityException {
        Path directory = config.directory() == null ? home.lib().resolve("images") : Path.of(config.directory());
        FileBlobStore store = keep(FileBlobStore.open(directory, config.reserveBytes()));
        CatalogDatabase database = keep(CatalogDatabase.open(settings()));
        TenantCatalog tenants = new TenantCatalog(database);
        requireSameStore(tenants, directory);
        ClusterRecords cluster = new ClusterRecords(database);
        requireControllers(cluster);
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        Gate gate = new Gate(cluster::token, cluster::tenantExists, new ScopeTokens(tenants.signingKey(key)), clock);
        Registry registry = new Registry(store, database, config.registryLimits(), clock);
        Metrics metrics = Metrics.create();
        metrics.gauge("mosaic_images_room_bytes", "Bytes that the content store has room for.", () -> room(store));
        keep(new Housekeeping(registry.collector(), config.garbage(), metrics));
        server = keep(serve(registry, gate, cluster, metrics));
        LOG.info(
                "images served at {}://{}:{}",
                config.encrypted() ? "https" : "http",
                config.api().bindOrLocal(),
                server.port());
    }

    private HttpServer serve(Registry registry, Gate gate, ClusterRecords cluster, Metrics metrics)
            throws IOException, GeneralSecurityException {
        String bind = config.api().bindOrLocal();
        int port = config.api().portOrUsual();
        Duration grace = config.garbage().graceOrDay();
        try {
            return HttpServer.start(
                    bind,
                    port,
                    config.encrypted() ? tls(bind) : null,
                    ImagesApi.routes(registry, gate, grace, metrics, version(), () -> notReady(cluster)),
                    mounts(registry, gate, metrics),
                    gate.authenticator(),
                    LIMITS,
                    ImagesApi.observer(metrics));
        } catch (IOException e) {
            throw new IOException(
                    "cannot listen on " + bind + ":" + port + " (\"api\" in the configuration): " + e.getMessage(), e);
        }
    }

    /** What is below {@code /v2}; the first that holds a path answers. */
    private List<Mount> mounts(Registry registry, Gate gate, Metrics metrics)
            throws IOException, GeneralSecurityException {
        List<Mount> mounts = new ArrayList<>();
        Path authority = home.etc().resolve("ca");
        if (Files.exists(authority.resolve("ca.key"))) {
            Credentials signer = ClusterAuthority.loadOrCreate(authority).issueRepository();
            mounts.add(new TicketApi(registry, gate, signer, clock, metrics));
        } else {
            LOG.info("no CA in {}: hosts fetch blobs from here only, not from each other", authority);
        }
        mounts.add(new OciApi(registry, gate, metrics, clock, config.address()));
        return mounts;
    }

    private <T extends AutoCloseable> T keep(T part) {
        started.push(part);
        return part;
    }

    private CatalogSettings settings() throws IOException {
        ImagesConfig.Database given = config.database();
        if (given == null) {
            return LocalDatabase.of(home);
        }
        Path file = Path.of(given.passwordFile());
        try {
            return CatalogSettings.of(
                    given.url(), given.user(), Files.readString(file).strip());
        } catch (IOException e) {
            throw new IOException("cannot read the database's password file " + file, e);
        }
    }

    /** The catalog says what this store holds, and no other. */
    private static void requireSameStore(TenantCatalog tenants, Path directory) throws IOException {
        Path file = directory.resolve("id");
        UUID id = Files.exists(file) ? UUID.fromString(Files.readString(file).strip()) : UUID.randomUUID();
        UUID known = tenants.store(id);
        if (!known.equals(id)) {
            throw new IOException("the content in " + directory + " is not that which the database knows of");
        }
        if (!Files.exists(file)) {
            DurableFile.writeSecret(file, (id + "\n").getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static void requireControllers(ClusterRecords cluster) throws IOException {
        try {
            cluster.tenantExists("default");
        } catch (IllegalStateException e) {
            throw new IOException("the database is not one that a controller of this version has prepared", e);
        }
    }

    /** Signed by the cluster's CA, whose two files every controller has. */
    private SSLContext tls(String bind) throws IOException, GeneralSecurityException {
        Path directory = home.etc().resolve("ca");
        if (!Files.exists(directory.resolve("ca.key"))) {
            throw new IOException("no CA in " + directory + ": copy ca.pem and ca.key from a controller");
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                ClusterAuthority.loadOrCreate(directory)
                        .issueServer(ServerNames.of(bind, config.names()))
                        .keyManagers(),
                null,
                null);
        return context;
    }

    private static @Nullable String notReady(ClusterRecords cluster) {
        try {
            cluster.tenantExists("default");
            return null;
        } catch (ProblemException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static double room(FileBlobStore store) {
        try {
            return store.room();
        } catch (IOException e) {
            LOG.warn("the content store's file system does not answer", e);
            return Double.NaN;
        }
    }

    private static String version() {
        String version = Images.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version.toLowerCase(Locale.ROOT);
    }

    /** The port that it listens on. */
    public int port() {
        if (server == null) {
            throw new IllegalStateException("not started");
        }
        return server.port();
    }

    /** Stops all parts, the server first; one that fails to stop does not keep the others from it. */
    @Override
    public synchronized void close() {
        while (!started.isEmpty()) {
            AutoCloseable part = started.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.error("{} did not stop cleanly", part.getClass().getSimpleName(), e);
            }
        }
    }
}
