package io.mosaic.controller.api;

import static io.mosaic.kit.http.Parameter.Place.HEADER;
import static io.mosaic.kit.http.Parameter.Place.PATH;
import static io.mosaic.kit.http.Parameter.Place.QUERY;

import io.mosaic.kit.http.Parameter;
import io.mosaic.kit.http.Request;
import io.mosaic.model.HostState;
import io.mosaic.model.Kind;
import io.mosaic.model.Names;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.SetState;
import org.jspecify.annotations.Nullable;

/** The parameters that several routes share. */
final class Params {

    private static final String NAME_PATTERN = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

    static final Parameter<String> NAME =
            Parameter.text(PATH, "name", "Name of the resource.", NAME_PATTERN, 63, Names.RULE);

    static final Parameter<String> TENANT = Parameter.text(
            QUERY,
            "tenant",
            "Tenant to act for; absent: X-Mosaic-Tenant, the token's only tenant, or default.",
            NAME_PATTERN,
            63,
            Names.RULE);

    static final Parameter<String> OF_TENANT =
            Parameter.text(PATH, "tenant", "Tenant of the resource.", NAME_PATTERN, 63, Names.RULE);

    static final Parameter<String> TENANT_HEADER =
            Parameter.text(HEADER, "X-Mosaic-Tenant", "Tenant to act for.", NAME_PATTERN, 63, Names.RULE);

    static final Parameter<String> LABEL = Parameter.text(
                    QUERY,
                    "label",
                    "Only those with this label; given several times, all must match.",
                    "[^=]{1,127}=.{0,128}",
                    256,
                    "must be key=value")
            .repeated(16);

    static final Parameter<SetState> SET_STATE =
            Parameter.choice(QUERY, "state", "Only those in this state.", SetState.class, SetState::name);

    static final Parameter<HostState> HOST_STATE =
            Parameter.choice(QUERY, "state", "Only those in this state.", HostState.class, HostState::name);

    static final Parameter<String> HOST =
            Parameter.text(QUERY, "host", "Only those on this host.", NAME_PATTERN, 63, Names.RULE);

    static final Parameter<String> APP =
            Parameter.text(QUERY, "app", "Only those that this app owns.", NAME_PATTERN, 63, Names.RULE);

    static final Parameter<Boolean> ADOPT = Parameter.flag(
            QUERY, "adopt", "Sets that no app owns, with the label app of this name, become its instances.");

    static final Parameter<Long> TO =
            Parameter.number(QUERY, "to", "Number of the release; absent: the one before.", 1, Integer.MAX_VALUE);

    static final Parameter<Long> LIMIT =
            Parameter.number(QUERY, "limit", "Most items of one page.", 1, 1000).orElse(100L);

    static final Parameter<Boolean> ALL = Parameter.flag(
            QUERY, "all", "Every item, of one revision, streamed as one page; limit and page do not count then.");

    static final Parameter<String> PAGE = Parameter.text(
            QUERY,
            "page",
            "The next page: what the last one answered as next.",
            "[A-Za-z0-9_-]{1,512}",
            512,
            "must be a page token as an earlier page answered it");

    static final Parameter<Long> AT_LEAST = Parameter.number(
            QUERY,
            "atLeast",
            "Answer from this revision or a later one: who passes the revision of a write reads it.",
            0,
            Long.MAX_VALUE);

    static final Parameter<Long> WRITTEN = Parameter.number(
            HEADER,
            "X-Mosaic-Written",
            "The newest revision that the caller's own writes were answered with; reads as atLeast does, which wins over it.",
            0,
            Long.MAX_VALUE);

    static final Parameter<Boolean> WATCH =
            Parameter.flag(QUERY, "watch", "Answer with server-sent events: put, delete and bookmark.");

    static final Parameter<Long> FROM = Parameter.number(
            QUERY, "from", "Watch every change after this revision; absent: from now on.", 0, Long.MAX_VALUE);

    static final Parameter<Long> AFTER =
            Parameter.number(QUERY, "after", "Only those with a greater id, oldest first.", 0, Long.MAX_VALUE);

    static final Parameter<Long> LAST_EVENT_ID = Parameter.number(
            HEADER, "Last-Event-ID", "Resumes a watch, as a browser does; wins over from.", 0, Long.MAX_VALUE);

    static final Parameter<String> IF_MATCH = Parameter.text(
            HEADER,
            "If-Match",
            "Only if the resource is still at this revision, as its ETag says.",
            "\\*|\"[0-9]{1,18}\"",
            20,
            "must be * or one revision in double quotes, such as \"17\"");

    static final Parameter<String> IDEMPOTENCY_KEY = Parameter.text(
            HEADER,
            "Idempotency-Key",
            "A call repeated with the same key has its effect once, and is answered alike, for 24 hours.",
            "[!-~]{1,128}",
            128,
            "must be 1 to 128 printable characters");

    static final Parameter<Boolean> DRY_RUN =
            Parameter.flag(QUERY, "dryRun", "Check all, change nothing, and answer 200 with what would be.");

    static final Parameter<Boolean> FORCE = Parameter.flag(
            QUERY, "force", "Memory below what is in use: restart the containers that use more, with that much.");

    static final Parameter<Boolean> MOVE =
            Parameter.flag(QUERY, "move", "Where its host has no room for it, move the set to one that has.");

    static final Parameter<Kind> KIND =
            Parameter.choice(QUERY, "kind", "Only those about this kind of resource.", Kind.class, Kind::word);

    static final Parameter<String> ABOUT =
            Parameter.text(QUERY, "name", "Only those about the resource of this name.", NAME_PATTERN, 63, Names.RULE);

    private Params() {}

    /** The revision that If-Match names; null when it names none in particular. */
    static @Nullable Long ifRevision(Request request) {
        String match = request.find(IF_MATCH);
        return match == null || match.equals("*") ? null : Long.valueOf(match.substring(1, match.length() - 1));
    }

    /** From which revision or id to watch; -1 is from now on. */
    static long watchFrom(Request request, Parameter<Long> from) {
        Long last = request.find(LAST_EVENT_ID);
        Long given = last == null ? request.find(from) : last;
        return given == null ? -1 : given;
    }

    /** Stands for the tenant of what belongs to the cluster. */
    static String clusterTenant() {
        return ResourceKey.CLUSTER;
    }
}
