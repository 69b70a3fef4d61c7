package io.mosaic.images;

import io.mosaic.images.access.Gate;
import io.mosaic.images.access.ScopeTokens;
import io.mosaic.images.access.TokenKeys;
import io.mosaic.images.api.ImagesApi;
import io.mosaic.images.blob.BlobStore;
import io.mosaic.images.blob.FileBlobStore;
import io.mosaic.images.catalog.CatalogDatabase;
import io.mosaic.images.catalog.ClusterRecords;
import io.mosaic.images.catalog.TenantCatalog;
import io.mosaic.images.glance.GlanceApi;
import io.mosaic.images.mirror.Mirrors;
import io.mosaic.images.oci.OciApi;
import io.mosaic.images.registry.Registry;
import io.mosaic.images.share.TicketApi;
import io.mosaic.kit.http.HttpLimits;
import io.mosaic.kit.http.HttpServer;
import io.mosaic.kit.http.Mount;
import io.mosaic.kit.metrics.Metrics;
import io.mosaic.kit.process.StartWait;
import io.mosaic.kit.process.StartedParts;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.Credentials;
import io.mosaic.kit.tls.Pem;
import io.mosaic.kit.tls.ServerNames;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.sql.PostgresConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
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

    private static final String TOKEN_KEYS = "token-keys.json";

    /** Uploads and downloads at once, each with up to 832 KiB of buffers: they fit a heap of 512 MiB. More get 429. */
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
    private final StartedParts parts = new StartedParts();
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
    public static Images start(ImagesConfig config, MosaicHome home) throws IOException, InterruptedException {
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

    private void start() throws IOException, InterruptedException, GeneralSecurityException {
        Path directory = config.directory() == null ? home.lib().resolve("images") : Path.of(config.directory());
        StoreConfig.S3 bucket = config.s3();
        BlobStore store = keep(
                bucket == null ? FileBlobStore.open(directory, config.reserveBytes()) : bucket.open(directory, clock));
        String place = bucket == null ? directory.toString() : bucket.place();
        StartWait wait = new StartWait(StartWait.PATIENCE, Images::away);
        PostgresConfig settings = settings();
        CatalogDatabase database = keep(wait.until(() -> CatalogDatabase.open(settings)));
        TenantCatalog tenants = new TenantCatalog(database);
        ClusterRecords cluster = new ClusterRecords(database);
        wait.until(() -> {
            requireSameStore(tenants, store, place);
            requireControllers(cluster);
            tenants.forgetSigningKey();
            return store;
        });
        // The store has locked its directory: no other process has these keys.
        TokenKeys keys = TokenKeys.open(directory.resolve(TOKEN_KEYS), new SecureRandom(), clock);
        Gate gate = new Gate(
                cluster::token,
                cluster::tenantExists,
                new ScopeTokens(keys),
                clock,
                config.mirrors().stream().map(ImagesConfig.Mirror::reach).toList());
        takeGrants(gate);
        Registry registry = new Registry(store, database, config.registryLimits(), clock);
        keep(registry.audit());
        Metrics metrics = Metrics.create();
        Mirrors mirrors = keep(new Mirrors(MirrorFiles.settings(config), registry, metrics));
        if (bucket == null) {
            metrics.gauge("mosaic_images_room_bytes", "Bytes that the content store has room for.", () -> room(store));
        }
        keep(new Housekeeping(
                registry.collector(), registry.parts(), registry.audit(), config.garbage(), keys, metrics));
        GlanceApi glance = new GlanceApi(
                registry, gate, cluster::tenantExists, metrics, config.glanceSettings(), config.address());
        int left = glance.recover();
        if (left > 0) {
            LOG.info("{} images wait for their content again, whose upload an earlier process did not end", left);
        }
        server = keep(serve(registry, mirrors, gate, keys, glance, cluster, metrics));
        LOG.info(
                "images served at {}://{}:{}",
                config.encrypted() ? "https" : "http",
                config.api().bindOrLocal(),
                server.port());
    }

    private HttpServer serve(
            Registry registry,
            Mirrors mirrors,
            Gate gate,
            TokenKeys keys,
            GlanceApi glance,
            ClusterRecords cluster,
            Metrics metrics)
            throws IOException, GeneralSecurityException {
        String bind = config.api().bindOrLocal();
        int port = config.api().portOrUsual();
        Duration grace = config.garbage().graceOrDay();
        try {
            return HttpServer.start(
                    bind,
                    port,
                    config.encrypted() ? tls(bind) : null,
                    ImagesApi.routes(registry, gate, keys, mirrors, grace, metrics, version(), () -> notReady(cluster)),
                    mounts(registry, mirrors, gate, glance, metrics),
                    gate.authenticator(),
                    LIMITS,
                    ImagesApi.observer(metrics, registry.audit()));
        } catch (IOException e) {
            throw new IOException(
                    "cannot listen on " + bind + ":" + port + " (\"api\" in the configuration): " + e.getMessage(), e);
        }
    }

    /** What is below {@code /v2}; the first that holds a path answers. */
    private List<Mount> mounts(Registry registry, Mirrors mirrors, Gate gate, GlanceApi glance, Metrics metrics)
            throws IOException, GeneralSecurityException {
        List<Mount> mounts = new ArrayList<>();
        Path authority = home.etc().resolve("ca");
        if (Files.exists(authority.resolve("ca.key"))) {
            Credentials signer = ClusterAuthority.loadOrCreate(authority).issueRepository();
            mounts.add(new TicketApi(registry, gate, signer, clock, metrics));
        } else {
            LOG.info("no CA in {}: hosts fetch blobs from here only, not from each other", authority);
        }
        mounts.add(glance);
        mounts.add(new OciApi(registry, mirrors, gate, metrics, clock, config.address()));
        return mounts;
    }

    /** What of the database being away a failure tells of, or null. */
    private static @Nullable String away(Exception thrown) {
        return thrown instanceof ProblemException e && e.is(Problem.Kind.UNAVAILABLE) ? e.getMessage() : null;
    }

    private <T extends AutoCloseable> T keep(T part) {
        return parts.keep(part.getClass().getSimpleName(), part);
    }

    private PostgresConfig settings() throws IOException {
        ImagesConfig.Database given = config.database();
        if (given == null) {
            return LocalDatabase.of(home);
        }
        Path file = Path.of(given.passwordFile());
        try {
            return PostgresConfig.of(
                    given.url(), given.user(), Files.readString(file).strip());
        } catch (IOException e) {
            throw new IOException("cannot read the database's password file " + file, e);
        }
    }

    /** The catalog says what this store holds, and no other. */
    private static void requireSameStore(TenantCatalog tenants, BlobStore store, String place) throws IOException {
        UUID id = store.id();
        if (!tenants.store(id).equals(id)) {
            throw new IOException("the content in " + place + " is not that which the database knows of");
        }
    }

    private static void requireControllers(ClusterRecords cluster) throws IOException {
        try {
            cluster.tenantExists("default");
        } catch (IllegalStateException e) {
            throw new IOException("the database is not one that a controller of this version has prepared", e);
        }
    }

    /** Where no CA is, no host is known to be one: hosts then show API tokens as others do. */
    private void takeGrants(Gate gate) throws IOException, GeneralSecurityException {
        Path certificate = home.etc().resolve("ca").resolve("ca.pem");
        if (Files.exists(certificate)) {
            gate.takeGrants(Pem.certificates(Files.readString(certificate)).getFirst());
        } else {
            LOG.info("no {}: hosts cannot fetch by what controllers grant", certificate);
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

    private static double room(BlobStore store) {
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
    public void close() {
        parts.close();
    }
}
