package io.mosaic.images.catalog;

import io.mosaic.model.Json;
import io.mosaic.model.Kind;
import io.mosaic.model.PeerJson;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.TenantResource;
import io.mosaic.model.TokenResource;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tokens and tenants, read where the controllers keep them: the rows of {@code resource}, and what {@code change_group} holds
 * of later changes. Never written here. So the repository serves also while no controller does.
 *
 * <p>An answer is held for a few seconds, so that a pull of many layers does not ask for each; a token that was deleted is
 * worth nothing after that. Thread-safe.
 */
public final class ClusterRecords {

    /** As long as a deleted token may still work here. */
    private static final Duration HELD = Duration.ofSeconds(3);

    private static final int HELD_MAX = 4096;

    private record Key(Kind kind, String name) {}

    private record Answer(Optional<Resource> resource, long nanos) {}

    private final CatalogDatabase database;
    private final Map<Key, Answer> held = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Answer> eldest) {
            return size() > HELD_MAX;
        }
    };

    public ClusterRecords(CatalogDatabase database) {
        this.database = database;
    }

    /**
     * The token of that name, or null.
     *
     * @throws ProblemException of kind UNAVAILABLE when the database does not answer
     */
    public @Nullable TokenResource token(String name) {
        return find(Kind.TOKEN, name) instanceof TokenResource token ? token : null;
    }

    /**
     * Whether there is such a tenant.
     *
     * @throws ProblemException of kind UNAVAILABLE when the database does not answer
     */
    public boolean tenantExists(String name) {
        return find(Kind.TENANT, name) instanceof TenantResource;
    }

    private @Nullable Resource find(Kind kind, String name) {
        Key key = new Key(kind, name);
        long now = System.nanoTime();
        synchronized (held) {
            Answer answer = held.get(key);
            if (answer != null && now - answer.nanos < HELD.toNanos()) {
                return answer.resource.orElse(null);
            }
        }
        Resource found = read(kind, name);
        synchronized (held) {
            held.remove(key);
            held.put(key, new Answer(Optional.ofNullable(found), now));
        }
        return found;
    }

    private @Nullable Resource read(Kind kind, String name) {
        String body = database.read(handle -> handle.createQuery("""
                        WITH later AS (
                            SELECT each.deleted, each.body
                            FROM public.change_group AS change,
                                unnest(deleted, kinds, tenants, names, bodies)
                                    WITH ORDINALITY AS each (deleted, kind, tenant, name, body, place)
                            WHERE change.last > (SELECT revision FROM public.stored)
                                AND :kind = ANY (change.kinds) AND :name = ANY (change.names)
                                AND each.kind = :kind AND each.name = :name
                            ORDER BY change.last DESC, each.place DESC LIMIT 1)
                        SELECT CASE WHEN deleted THEN '' ELSE body END FROM later
                        UNION ALL
                        SELECT body FROM public.resource
                        WHERE kind = :kind AND tenant = :cluster AND name = :name AND NOT EXISTS (SELECT FROM later)""")
                .bind("kind", kind.word())
                .bind("name", name)
                .bind("cluster", ResourceKey.CLUSTER)
                .mapTo(String.class)
                .findFirst()
                .orElse(""));
        return body.isEmpty() ? null : resource(body);
    }

    /** A record that a newer version wrote is read as far as it is known here. */
    private static Resource resource(String body) {
        try {
            return Json.read(body, Resource.class);
        } catch (ProblemException e) {
            return PeerJson.read(body, Resource.class);
        }
    }
}
