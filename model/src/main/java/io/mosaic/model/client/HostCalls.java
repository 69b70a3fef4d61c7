package io.mosaic.model.client;

import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.Names;
import io.mosaic.model.Page;
import io.mosaic.model.RebalancePlan;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The calls on hosts. All throw {@link io.mosaic.model.ProblemException} when the server refuses and
 * {@link ServerUnreachableException} when no answer comes. Thread-safe.
 */
public final class HostCalls {
    private static final String PATH = "/v1/hosts";

    private final Transport transport;

    HostCalls(Transport transport) {
        this.transport = transport;
    }

    public HostResource get(String name) {
        return transport.call(Transport.Call.get(path(name)), HostResource.class);
    }

    /** All hosts, page by page; the revision is the first page's. */
    public Page<HostResource> list() {
        return transport.all(PATH, HostResource.class);
    }

    /** Changes zone, pool or labels by an RFC 7396 merge patch of the host's spec. */
    public HostResource patch(String name, JsonNode merge, @Nullable Long ifRevision) {
        return transport.call(Transport.Call.patch(path(name), merge, ifRevision), HostResource.class);
    }

    /** Keeps new sets away. */
    public HostResource cordon(String name) {
        return transport.call(Transport.Call.post(path(name) + "/cordon", null), HostResource.class);
    }

    public HostResource uncordon(String name) {
        return transport.call(Transport.Call.post(path(name) + "/uncordon", null), HostResource.class);
    }

    /** Moves its sets away, a few of each app at a time; its status tells how far it is. */
    public HostResource drain(String name, HostSpec.Drain how) {
        return transport.call(Transport.Call.post(path(name) + "/drain", how), HostResource.class);
    }

    /** Which sets would better be on other hosts; changes nothing. */
    public RebalancePlan planRebalance() {
        return transport.call(Transport.Call.get("/v1/rebalance"), RebalancePlan.class);
    }

    /** Moves sets to other hosts, as the plan of this moment says, and returns it. */
    public RebalancePlan rebalance() {
        return transport.call(Transport.Call.post("/v1/rebalance", null), RebalancePlan.class);
    }

    /** Stops to move sets away; the host stays cordoned. */
    public HostResource undrain(String name) {
        return transport.call(Transport.Call.post(path(name) + "/undrain", null), HostResource.class);
    }

    /** Takes a host out of the cluster. */
    public void remove(String name) {
        transport.send(Transport.Call.delete(path(name)));
    }

    /** Follows every change after that revision. */
    public Watch<HostResource> watch(long from) {
        return new Watch<>(
                transport, from, at -> PATH + new Query().flag("watch", true).add("from", at), HostResource.class);
    }

    private static String path(String name) {
        return PATH + "/" + Names.require("/name", name);
    }
}
