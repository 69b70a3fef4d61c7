package io.mosaic.model.client;

import io.mosaic.model.AppPlan;
import io.mosaic.model.AppReleaseResource;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppScale;
import io.mosaic.model.AppSwitchover;
import io.mosaic.model.AppUsage;
import io.mosaic.model.AppWebhook;
import io.mosaic.model.LoadCall;
import io.mosaic.model.Names;
import io.mosaic.model.Page;
import io.mosaic.model.RolloutView;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The calls on apps. All throw {@link io.mosaic.model.ProblemException} when the server refuses and
 * {@link ServerUnreachableException} when no answer comes. Thread-safe.
 */
public final class AppCalls {
    private static final String PATH = "/v1/apps";

    private final Transport transport;

    AppCalls(Transport transport) {
        this.transport = transport;
    }

    /**
     * Creates an app.
     *
     * @param spec JSON as the user wrote it, so that the server sees and judges every field
     * @param adopt whether sets with the label {@code app} of its name become its instances
     */
    public AppResource create(JsonNode spec, boolean adopt) {
        return transport.call(Transport.Call.post(PATH + query(adopt, false), spec), AppResource.class);
    }

    /** What {@link #create} would do; changes nothing. */
    public AppPlan dryRun(JsonNode spec, boolean adopt) {
        return transport.call(Transport.Call.post(PATH + query(adopt, true), spec), AppPlan.class);
    }

    public AppResource get(String name) {
        return transport.call(Transport.Call.get(path(name)), AppResource.class);
    }

    /** At least as it was at that revision, so that a caller reads its own writes. */
    public AppResource get(String name, long atLeast) {
        return transport.call(Transport.Call.get(path(name) + new Query().add("atLeast", atLeast)), AppResource.class);
    }

    /**
     * One page.
     *
     * @param labels {@code key=value} pairs, all of which must match
     * @param page token of the page, from {@link Page#next}
     */
    public Page<AppResource> list(List<String> labels, @Nullable Integer limit, @Nullable String page) {
        Query query = new Query().addAll("label", labels).add("limit", limit).add("page", page);
        return transport.page(Transport.Call.get(PATH + query), AppResource.class);
    }

    /**
     * Changes an app; another template begins a rollout.
     *
     * @param merge RFC 7396 merge patch of the spec
     * @param ifRevision refuse when the app has another revision by now; absent: any
     */
    public AppResource patch(String name, JsonNode merge, boolean adopt, @Nullable Long ifRevision) {
        return transport.call(
                Transport.Call.patch(path(name) + query(adopt, false), merge, ifRevision)
                        .keyed(),
                AppResource.class);
    }

    /**
     * The same, with what the caller accepts for it.
     *
     * @param force restart instances that use more memory than they are to have
     * @param move take instances to other hosts where theirs have no room for them
     */
    public AppResource patch(String name, JsonNode merge, boolean force, boolean move) {
        Query query = new Query().flag("force", force).flag("move", move);
        return transport.call(
                Transport.Call.patch(path(name) + query, merge, null).keyed(), AppResource.class);
    }

    /** What {@link #patch} would do; changes nothing. */
    public AppPlan dryRunPatch(String name, JsonNode merge, boolean adopt) {
        return transport.call(
                Transport.Call.patch(path(name) + query(adopt, true), merge, null)
                        .keyed(),
                AppPlan.class);
    }

    /** What {@link #patch(String, JsonNode, boolean, boolean)} would do; changes nothing. */
    public AppPlan dryRunPatch(String name, JsonNode merge, boolean force, boolean move) {
        Query query = new Query().flag("dryRun", true).flag("force", force).flag("move", move);
        return transport.call(
                Transport.Call.patch(path(name) + query, merge, null).keyed(), AppPlan.class);
    }

    public AppResource scale(String name, AppScale scale) {
        return transport.call(Transport.Call.post(path(name) + "/scale", scale), AppResource.class);
    }

    /** Has another instance become primary. */
    public AppResource switchover(String name, AppSwitchover asked) {
        return transport.call(Transport.Call.post(path(name) + "/switchover", asked), AppResource.class);
    }

    /** Asks for more or fewer instances, as a system outside that watches the load would. */
    public AppResource load(String name, LoadCall call) {
        return transport.call(Transport.Call.post(path(name) + "/load", call), AppResource.class);
    }

    /** What its instances use. */
    public AppUsage usage(String name) {
        return transport.call(Transport.Call.get(path(name) + "/usage"), AppUsage.class);
    }

    /** Where and with which secret load calls are sent without a token. */
    public AppWebhook webhook(String name) {
        return transport.call(Transport.Call.get(path(name) + "/webhook"), AppWebhook.class);
    }

    /** Asks for its removal; it is gone when a get answers not-found. */
    public AppResource delete(String name) {
        return transport.call(Transport.Call.delete(path(name)).keyed(), AppResource.class);
    }

    public RolloutView rollout(String name) {
        return transport.call(Transport.Call.get(path(name) + "/rollout"), RolloutView.class);
    }

    public AppResource pause(String name) {
        return transport.call(Transport.Call.post(path(name) + "/rollout/pause", null), AppResource.class);
    }

    public AppResource resume(String name) {
        return transport.call(Transport.Call.post(path(name) + "/rollout/resume", null), AppResource.class);
    }

    /** @param to number of the release to go back to; absent: the one before */
    public AppResource undo(String name, @Nullable Integer to) {
        String query = new Query().add("to", to).toString();
        return transport.call(Transport.Call.post(path(name) + "/rollout/undo" + query, null), AppResource.class);
    }

    /** The templates that the app had and has, the newest first. */
    public Page<AppReleaseResource> history(String name) {
        return transport.page(Transport.Call.get(path(name) + "/history"), AppReleaseResource.class);
    }

    /** Follows every change of an app after that revision. */
    public Watch<AppResource> watch(List<String> labels, long from) {
        return new Watch<>(
                transport,
                from,
                at -> PATH
                        + new Query()
                                .addAll("label", labels)
                                .flag("watch", true)
                                .add("from", at),
                AppResource.class);
    }

    private static String query(boolean adopt, boolean dryRun) {
        return new Query().flag("adopt", adopt).flag("dryRun", dryRun).toString();
    }

    private static String path(String name) {
        return PATH + "/" + Names.require("/name", name);
    }
}
