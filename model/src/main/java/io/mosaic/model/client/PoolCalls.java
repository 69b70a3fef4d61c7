package io.mosaic.model.client;

import io.mosaic.model.Names;
import io.mosaic.model.Page;
import io.mosaic.model.PoolResource;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The calls on pools. All throw {@link io.mosaic.model.ProblemException} when the server refuses and
 * {@link ServerUnreachableException} when no answer comes. Thread-safe.
 */
public final class PoolCalls {
    private static final String PATH = "/v1/pools";

    private final Transport transport;

    PoolCalls(Transport transport) {
        this.transport = transport;
    }

    public Page<PoolResource> list() {
        return transport.page(Transport.Call.get(PATH + new Query().add("limit", 1000)), PoolResource.class);
    }

    public PoolResource get(String name) {
        return transport.call(Transport.Call.get(path(name)), PoolResource.class);
    }

    /** Describes a pool by an RFC 7396 merge patch of its spec; one that is not described yet is made. */
    public PoolResource patch(String name, JsonNode merge, @Nullable Long ifRevision) {
        return transport.call(Transport.Call.patch(path(name), merge, ifRevision), PoolResource.class);
    }

    /** Forgets what was said of a pool. */
    public void delete(String name) {
        transport.send(Transport.Call.delete(path(name)));
    }

    private static String path(String name) {
        return PATH + "/" + Names.require("/name", name);
    }
}
