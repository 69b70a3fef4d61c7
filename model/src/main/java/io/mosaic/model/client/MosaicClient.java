package io.mosaic.model.client;

import io.mosaic.model.AuditEntry;
import io.mosaic.model.Event;
import io.mosaic.model.Page;
import io.mosaic.model.RepositoryAddress;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A client of the REST API over the JDK's HTTP client.
 *
 * <p>Every call waits for its answer on the calling thread. GET calls, and those sent under an idempotency key that the
 * client makes for each (every POST but that of a token, and changes and deletes of sets), are repeated for {@link ClientSettings#retryFor} while the server cannot be reached or answers
 * 502, 503 or 504; other calls are repeated only when nothing was sent. Answers may hold fields that this client does not know.
 *
 * <p>Thread-safe; meant to be shared. Closing it breaks what is under way.
 */
public final class MosaicClient implements AutoCloseable {
    private final Transport transport;

    /** @throws IllegalArgumentException when the authority is not PEM certificates */
    public MosaicClient(ClientSettings settings) {
        this.transport = new Transport(settings);
    }

    public ClientSettings settings() {
        return transport.settings();
    }

    public SetCalls sets() {
        return new SetCalls(transport);
    }

    public AppCalls apps() {
        return new AppCalls(transport);
    }

    public HostCalls hosts() {
        return new HostCalls(transport);
    }

    public PoolCalls pools() {
        return new PoolCalls(transport);
    }

    public TokenCalls tokens() {
        return new TokenCalls(transport);
    }

    /** The calls on an image repository: this client's server must be one. */
    public ImageCalls images() {
        return new ImageCalls(transport);
    }

    /** The content of an image repository: this client's server must be one. */
    public RegistryCalls registry() {
        return new RegistryCalls(transport);
    }

    public TenantCalls tenants() {
        return new TenantCalls(transport);
    }

    /** Events, oldest first; the page's {@code revision} says nothing here. */
    public Page<Event> events(EventQuery query) {
        return transport.page(Transport.Call.get("/v1/events" + query.text()), Event.class);
    }

    /** Follows every event with an id greater than that; {@link WatchEvent#revision} is the event's id. */
    public Watch<Event> watchEvents(EventQuery query, long after) {
        return new Watch<>(
                transport,
                after,
                at -> "/v1/events" + query.filters().flag("watch", true).add("after", at),
                Event.class);
    }

    /**
     * Mutating calls, oldest first.
     *
     * @param after only entries with a greater id
     * @param actor only those of the token of this name
     */
    public Page<AuditEntry> audit(@Nullable Long after, @Nullable Integer limit, @Nullable String actor) {
        Query query = new Query().add("after", after).add("limit", limit).add("actor", actor);
        return transport.page(Transport.Call.get("/v1/audit" + query), AuditEntry.class);
    }

    /** Whose token this is, and what it may do. */
    public JsonNode whoami() {
        return transport.call(Transport.Call.get("/v1/whoami"), JsonNode.class);
    }

    /**
     * Where the cluster's image repository is.
     *
     * @throws io.mosaic.model.ProblemException of kind NOT_FOUND when the controllers know of none
     */
    public RepositoryAddress imageRepository() {
        return transport.call(Transport.Call.get("/v1/image-repository"), RepositoryAddress.class);
    }

    /** What the server is. */
    public JsonNode version() {
        return transport.call(Transport.Call.get("/v1/version"), JsonNode.class);
    }

    /** Returns when the server says that it can serve; a server that cannot answers with a problem. */
    public void ready() {
        transport.send(Transport.Call.get("/readyz"));
    }

    @Override
    public void close() {
        transport.close();
    }
}
