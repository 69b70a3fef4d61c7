package io.mosaic.controller.api;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.controller.store.ClusterLog.Commit;
import io.mosaic.controller.store.ClusterLog.Committed;
import io.mosaic.controller.store.ClusterLog.Idempotency;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.SetResource;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Commits what a call decided, under its idempotency key when it has one, and answers with what came of it. */
final class Commits {

    private Commits() {}

    /** @param tenant the key's scope beside the token */
    static Committed commit(ApiServices services, Request request, String tenant, Decision decision)
            throws InterruptedException {
        Committed committed;
        try (Admission.Permit _ = services.admission().enter(tenant)) {
            committed = services.log().commit(new Commit(decision, idempotency(request, tenant), 0));
        }
        request.notes().revision(committed.revision());
        return committed;
    }

    private static @Nullable Idempotency idempotency(Request request, String tenant) {
        if (!request.route().parameters().contains(Params.IDEMPOTENCY_KEY)) {
            return null;
        }
        String key = request.find(Params.IDEMPOTENCY_KEY);
        return key == null
                ? null
                : new Idempotency(tenant + "/" + request.caller().name(), key, hash(request));
    }

    private static String hash(Request request) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update((request.route().method() + " " + request.path() + "\n").getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(sha256.digest(request.body()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * How the resource is after the commit: as committed, or as it is now when there was nothing to do. One that is gone is as it
     * was last, at the revision of its going: a read of at least that revision no longer finds it.
     */
    static Resource outcome(ClusterLog log, Committed committed, ResourceKey key) {
        Resource found = null;
        for (Change change : committed.changes()) {
            if (change.key().equals(key)) {
                found = switch (change) {
                    case Change.Put put -> put.resource();
                    case Change.Delete delete -> delete.last().withRevision(delete.revision());
                };
            }
        }
        found = found == null ? log.image().get(key) : found;
        if (found == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no such resource: it was deleted meanwhile");
        }
        return found;
    }

    /** Whether the commit took the resource away. */
    static boolean deleted(Committed committed, ResourceKey key) {
        return committed.changes().stream()
                .anyMatch(change ->
                        change instanceof Change.Delete && change.key().equals(key));
    }

    static Reply.Whole reply(int status, Resource resource) {
        return tagged(Reply.json(status, resource), resource.revision());
    }

    static Reply.Whole reply(int status, Resource resource, Committed committed) {
        String stored = resource instanceof SetResource ? committed.body(resource) : null;
        Reply.Whole reply = stored == null
                ? reply(status, resource)
                : tagged(
                        Reply.bytes(status, Answer.JSON, stored.getBytes(StandardCharsets.UTF_8)), resource.revision());
        return committed.replayed() ? reply.with("Idempotency-Replayed", "true") : reply;
    }

    private static Reply.Whole tagged(Reply.Whole reply, long revision) {
        return reply.with("ETag", "\"" + revision + "\"");
    }
}
