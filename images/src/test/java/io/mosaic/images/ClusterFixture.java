package io.mosaic.images;

import io.mosaic.controller.auth.TenantDecisions;
import io.mosaic.controller.auth.TokenDecisions;
import io.mosaic.controller.store.LogSettings;
import io.mosaic.controller.store.PostgresStore;
import io.mosaic.controller.store.Store;
import io.mosaic.controller.store.StoreLog;
import io.mosaic.controller.store.embedded.EmbeddedPostgres;
import io.mosaic.model.AuditEntry;
import io.mosaic.model.Bytes;
import io.mosaic.model.Role;
import io.mosaic.model.TenantSpec;
import io.mosaic.model.TokenSpec;
import io.mosaic.model.TokenText;
import io.mosaic.sql.PostgresConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A cluster as the repository sees it: a real PostgreSQL with the tables of a real controller's store, the tenants food and shop, and
 * tokens of them.
 */
public final class ClusterFixture implements AutoCloseable {

    private static final List<String> TENANTS = List.of("default", "food", "shop");

    /** What it has of {@link SharedPostgres}; absent: a server of its own. */
    private final SharedPostgres.Copy copy;

    private final EmbeddedPostgres server;
    private final Path directory;
    private final PostgresStore store;
    private final StoreLog log;
    private final SecureRandom random = new SecureRandom();
    private int tokens;

    /** On a database of its own in the server that all tests share. */
    public ClusterFixture() throws Exception {
        this(SharedPostgres.copy(ClusterFixture::prepare), null, Files.createTempDirectory("mosaic-images"));
    }

    private ClusterFixture(SharedPostgres.Copy copy, EmbeddedPostgres server, Path directory) throws Exception {
        this.copy = copy;
        this.server = server;
        this.directory = directory;
        store = PostgresStore.open(settings());
        log = StoreLog.open(store, LogSettings.DEFAULT, Clock.systemUTC());
    }

    /** On a server of its own, which can be killed, and whose files are in {@link #directory}. */
    public static ClusterFixture withItsOwnServer() throws Exception {
        // The server's own user must be able to enter it.
        Path directory = Files.setPosixFilePermissions(
                Files.createTempDirectory("mosaic-images"), PosixFilePermissions.fromString("rwxr-xr-x"));
        EmbeddedPostgres server = EmbeddedPostgres.start(directory, step -> {});
        prepare(server.config());
        return new ClusterFixture(null, server, directory);
    }

    private static void prepare(PostgresConfig database) throws Exception {
        try (PostgresStore store = PostgresStore.open(database);
                StoreLog log = StoreLog.open(store, LogSettings.DEFAULT, Clock.systemUTC())) {
            for (String tenant : TENANTS) {
                tenant(log, tenant);
            }
        }
    }

    private static void tenant(StoreLog log, String name) throws Exception {
        log.commit(TenantDecisions.create(new TenantSpec(name, null), UUID.randomUUID(), Instant.now()));
    }

    /** One more tenant. */
    public void tenant(String name) throws Exception {
        tenant(log, name);
    }

    public PostgresConfig settings() throws IOException {
        return copy == null ? server.config() : copy.config();
    }

    /** With a server of its own: where that one's files are. */
    public Path directory() {
        return directory;
    }

    /** The database's password, in a file. */
    public Path passwordFile() throws IOException {
        return Files.writeString(directory.resolve("password"), settings().password() + "\n");
    }

    /**
     * A configuration on this database, at any free port.
     *
     * @param directory of the content; absent: below the home
     */
    public ImagesConfig config(Path directory, Bytes largestBlob) throws IOException {
        return new ImagesConfig(
                new ImagesConfig.Endpoint(null, 0),
                null,
                null,
                new ImagesConfig.Database(
                        settings().url(), settings().user(), passwordFile().toString()),
                directory == null ? null : directory.toString(),
                Bytes.ZERO,
                List.of(),
                null,
                new ImagesConfig.Limits(largestBlob, null, null),
                null,
                null,
                List.of());
    }

    /** The text of a new token. */
    public String token(Role role, String... tenants) throws Exception {
        return token(role, null, tenants);
    }

    public String token(Role role, Instant expires, String... tenants) throws Exception {
        TokenText text = TokenText.random("t" + ++tokens, random);
        TokenSpec spec = new TokenSpec(TokenSpec.Purpose.API, role, List.of(tenants), expires, text.hash());
        log.commit(TokenDecisions.create(text.name(), spec, UUID.randomUUID(), Instant.now()));
        return text.api();
    }

    /** As an admin of the controllers would. */
    public void delete(String token) throws Exception {
        String name = TokenText.parse(token).name();
        // The last admin token may not go.
        token(Role.ADMIN);
        log.commit(TokenDecisions.delete(name, null, Instant.now()));
    }

    /** What an admin sees of the audit log, oldest first. */
    public List<AuditEntry> audit() throws Exception {
        return store.audit(new Store.AuditQuery(null, 0L, 1000));
    }

    /** With a server of its own: as kill -9 does; returns when it is gone. It is started again by who watches it. */
    public void killDatabase() {
        long pid = server.pid();
        ProcessHandle.of(pid).ifPresent(process -> {
            process.destroyForcibly();
            process.onExit().join();
        });
    }

    @Override
    public void close() throws Exception {
        log.close();
        store.close();
        if (copy == null) {
            server.close();
        } else {
            copy.drop();
        }
        SharedPostgres.delete(directory);
    }
}
