package io.mosaic.model.client;

import io.mosaic.model.Names;
import io.mosaic.model.Page;
import io.mosaic.model.TenantResource;
import io.mosaic.model.TenantSpec;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The calls on tenants. All throw {@link io.mosaic.model.ProblemException} when the server refuses and
 * {@link ServerUnreachableException} when no answer comes. Thread-safe.
 */
public final class TenantCalls {
    private static final String PATH = "/v1/tenants";

    private final Transport transport;

    TenantCalls(Transport transport) {
        this.transport = transport;
    }

    public TenantResource create(TenantSpec spec) {
        return transport.call(Transport.Call.post(PATH, spec), TenantResource.class);
    }

    /** All that the caller may see, page by page. */
    public Page<TenantResource> list() {
        return transport.all(PATH, TenantResource.class);
    }

    public TenantResource get(String name) {
        return transport.call(Transport.Call.get(path(name)), TenantResource.class);
    }

    /** Changes the quota by an RFC 7396 merge patch of the tenant's spec. */
    public TenantResource patch(String name, JsonNode merge, @Nullable Long ifRevision) {
        return transport.call(Transport.Call.patch(path(name), merge, ifRevision), TenantResource.class);
    }

    /** Removes a tenant that owns nothing any more. */
    public void delete(String name) {
        transport.send(Transport.Call.delete(path(name)));
    }

    private static String path(String name) {
        return PATH + "/" + Names.require("/name", name);
    }
}
