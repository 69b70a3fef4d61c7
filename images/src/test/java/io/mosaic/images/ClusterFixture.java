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
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A cluster as the repository sees it: a real PostgreSQL with the tables of a real controller's store, the tenants food and shop, and
 * tokens of them.
 */
public final class ClusterFixture implements AutoCloseable {

    private final Path directory;
    private final EmbeddedPostgres server;
    private final PostgresStore store;
    private final StoreLog log;
    private final SecureRandom random = new SecureRandom();
    private int tokens;

    public ClusterFixture() throws Exception {
        // The server's own user must be able to enter it.
        directory = Files.setPosixFilePermissions(
                Files.createTempDirectory("mosaic-images"), PosixFilePermissions.fromString("rwxr-xr-x"));
        server = EmbeddedPostgres.start(directory, step -> {});
        store = PostgresStore.open(server.config());
        log = StoreLog.open(store, LogSettings.DEFAULT, Clock.systemUTC());
        for (String tenant : List.of("default", "food", "shop")) {
            tenant(tenant);
        }
    }

    /** One more tenant. */
    public void tenant(String name) throws Exception {
        log.commit(TenantDecisions.create(new TenantSpec(name, null), UUID.randomUUID(), Instant.now()));
    }

    public PostgresConfig settings() throws IOException {
        return server.config();
    }

    /** Where the database's own files are. */
    public Path directory() {
        return directory;
    }

    /** The database's password, in a file. */
    public Path passwordFile() throws IOException {
        return Files.writeString(directory.resolve("password"), server.config().password() + "\n");
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
                null);
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

    @Override
    public void close() throws Exception {
        log.close();
        store.close();
        server.close();
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
