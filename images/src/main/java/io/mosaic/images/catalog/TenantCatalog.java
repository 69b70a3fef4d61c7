package io.mosaic.images.catalog;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What tenants have and may have, and what the whole repository has one of. Thread-safe. */
public final class TenantCatalog {

    private final CatalogDatabase database;

    public TenantCatalog(CatalogDatabase database) {
        this.database = database;
    }

    /**
     * What a tenant has.
     *
     * @param bytes of its manifests and blobs, each blob once
     * @param quota the most that this may come to; absent: no limit
     */
    public record Usage(String tenant, long bytes, @Nullable Long quota) {}

    public Usage usage(String tenant) {
        return database.read(handle -> handle.createQuery("SELECT bytes, quota FROM images.tenant WHERE name = :tenant")
                .bind("tenant", tenant)
                .map((row, context) -> new Usage(tenant, row.getLong(1), row.getObject(2, Long.class)))
                .findOne()
                .orElse(new Usage(tenant, 0, null)));
    }

    /** Sets the limit; one below what is in use stops growth and touches nothing that is there. */
    public Usage limit(String tenant, @Nullable Long quota) {
        database.write(handle -> handle.createUpdate("""
                        INSERT INTO images.tenant (name, quota) VALUES (:tenant, :quota)
                        ON CONFLICT (name) DO UPDATE SET quota = excluded.quota""")
                .bind("tenant", tenant)
                .bind("quota", quota)
                .execute());
        return usage(tenant);
    }

    /** Takes away the key by which an earlier version signed registry clients' tokens: keys are with the content now. */
    public void forgetSigningKey() {
        database.write(handle -> handle.execute("DELETE FROM images.signing_key"));
    }

    /** Which content store the catalog is about: the one that is there, or this one from now on. */
    public UUID store(UUID fresh) {
        return database.write(handle -> {
            handle.createUpdate("INSERT INTO images.store (id) VALUES (:id) ON CONFLICT DO NOTHING")
                    .bind("id", fresh)
                    .execute();
            return handle.createQuery("SELECT id FROM images.store")
                    .mapTo(UUID.class)
                    .one();
        });
    }
}
