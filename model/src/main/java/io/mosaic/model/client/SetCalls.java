package io.mosaic.model.client;

import io.mosaic.model.CommitRequest;
import io.mosaic.model.Names;
import io.mosaic.model.Page;
import io.mosaic.model.SaveProgress;
import io.mosaic.model.SavedImage;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetUsage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The calls on sets. All throw {@link io.mosaic.model.ProblemException} when the server refuses and
 * {@link ServerUnreachableException} when no answer comes. Thread-safe.
 */
public final class SetCalls {

    /** Whole layers may be packed for it. */
    private static final Duration COMMIT = Duration.ofMinutes(15);

    private static final String PATH = "/v1/sets";

    private final Transport transport;

    SetCalls(Transport transport) {
        this.transport = transport;
    }

    /** Creates a set; repeated on a lost answer under one idempotency key, so that it is made once. */
    public SetResource create(SetSpec spec) {
        return transport.call(Transport.Call.post(PATH, spec), SetResource.class);
    }

    /** Creates a set from JSON as the user wrote it, so that the server sees and judges every field. */
    public SetResource create(JsonNode spec) {
        return transport.call(Transport.Call.post(PATH, spec), SetResource.class);
    }

    /** Creates a set under the caller's own idempotency key: a repeat gives the first answer again. */
    public SetResource create(SetSpec spec, String idempotencyKey) {
        return transport.call(Transport.Call.post(PATH, spec).withKey(idempotencyKey), SetResource.class);
    }

    /** Checks the spec as create would and returns what it would make; changes nothing. */
    public SetResource dryRun(JsonNode spec) {
        return transport.call(Transport.Call.post(PATH + "?dryRun=true", spec), SetResource.class);
    }

    public SetResource get(String name) {
        return transport.call(Transport.Call.get(path(name)), SetResource.class);
    }

    /** What it uses, as its host's agent measured it some seconds ago. */
    public SetUsage usage(String name) {
        return transport.call(Transport.Call.get(path(name) + "/usage"), SetUsage.class);
    }

    /** One page. */
    public Page<SetResource> list(SetQuery query) {
        return transport.page(Transport.Call.get(PATH + query.text()), SetResource.class);
    }

    /** Every set that matches, of one revision: a watch from it misses nothing. The query's limit and page do not count. */
    public Page<SetResource> listAll(SetQuery query) {
        Query text = query.filters().flag("all", true).add("atLeast", query.atLeast());
        return transport.wholePage(Transport.Call.get(PATH + text), SetResource.class);
    }

    /**
     * Changes what may change live.
     *
     * @param merge RFC 7396 merge patch of the spec
     * @param ifRevision refuse when the set has another revision by now; absent: any
     */
    public SetResource patch(String name, JsonNode merge, @Nullable Long ifRevision) {
        return transport.call(
                Transport.Call.patch(path(name), merge, ifRevision).keyed(), SetResource.class);
    }

    /**
     * The same, with what the caller accepts for it.
     *
     * @param force restart containers that use more memory than they are to have
     * @param move go to another host when the set's has no room for it
     */
    public SetResource patch(String name, JsonNode merge, @Nullable Long ifRevision, boolean force, boolean move) {
        Query query = new Query().flag("force", force).flag("move", move);
        return transport.call(
                Transport.Call.patch(path(name) + query, merge, ifRevision).keyed(), SetResource.class);
    }

    /** Checks the patch and returns what it would make of the set; changes nothing. */
    public SetResource dryRunPatch(String name, JsonNode merge) {
        return transport.call(
                Transport.Call.patch(path(name) + "?dryRun=true", merge, null).keyed(), SetResource.class);
    }

    /** Asks for its removal; it is gone when a get answers not-found. */
    public SetResource delete(String name) {
        return transport.call(Transport.Call.delete(path(name)).keyed(), SetResource.class);
    }

    public SetResource start(String name) {
        return action(name, "start");
    }

    public SetResource stop(String name) {
        return action(name, "stop");
    }

    public SetResource restart(String name) {
        return action(name, "restart");
    }

    /** Saves what a container is now as an image in the repository; answers when it is there. */
    public SavedImage commit(String name, CommitRequest request) {
        return transport.call(
                Transport.Call.post(path(name) + "/commit", request).once(), SavedImage.class, COMMIT);
    }

    /**
     * The same, for who wants to know how far it is.
     *
     * @param told hears of each step on; by the caller's thread
     */
    public SavedImage commit(String name, CommitRequest request, Consumer<SaveProgress> told) {
        return SaveEvents.await(
                transport,
                Transport.Call.post(path(name) + "/commit?progress=true", request)
                        .once(),
                told);
    }

    /** Follows every change after that revision, such as the one a list was read at. */
    public Watch<SetResource> watch(SetQuery query, long from) {
        return new Watch<>(
                transport,
                from,
                at -> PATH + query.filters().flag("watch", true).add("from", at),
                SetResource.class);
    }

    /**
     * A container's output as UTF-8 text; with {@code follow} it ends when the container is gone or the stream is
     * closed.
     */
    public InputStream logs(String name, LogsQuery query) {
        try {
            return transport.open(Transport.Call.get(path(name) + "/logs" + query.text()));
        } catch (IOException e) {
            throw new ServerUnreachableException(transport.settings().server(), false, e);
        }
    }

    /**
     * Starts a command in a container.
     *
     * @param out gets what it writes; written to and flushed by another thread, whose waiting holds the sender back
     * @param err gets what it writes to its standard error; nothing with a terminal
     */
    public Exec exec(String name, ExecQuery query, OutputStream out, OutputStream err) {
        return Exec.open(transport, path(name) + "/exec" + query.text(), out, err);
    }

    private SetResource action(String name, String verb) {
        return transport.call(Transport.Call.post(path(name) + "/" + verb, null), SetResource.class);
    }

    private static String path(String name) {
        return PATH + "/" + Names.require("/name", name);
    }
}
