package io.mosaic.controller.api;

import io.mosaic.controller.agents.SideStream;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Parameter;
import io.mosaic.kit.http.Parameter.Place;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.kit.http.SocketSession;
import io.mosaic.model.CommitRequest;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.Interval;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Role;
import io.mosaic.model.SavedImage;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.link.StreamRequest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What goes to a host and back: the logs of a container and commands run in it. */
final class StreamRoutes {

    /** How long an agent may take to open its end. */
    static final Duration OPEN_WITHIN = Duration.ofSeconds(10);

    /** States in which nothing of the set can answer. */
    private static final Set<SetState> NOTHING_RUNS =
            EnumSet.of(SetState.PENDING, SetState.STOPPED, SetState.DELETED, SetState.LOST);

    private static final Parameter<String> CONTAINER = Parameter.text(
            Place.QUERY,
            "container",
            "Name of the container; absent: the first that starts.",
            "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
            63,
            "must be the name of a container");

    private static final Parameter<Boolean> FOLLOW =
            Parameter.flag(Place.QUERY, "follow", "Go on with what the container writes from now on.");

    private static final Parameter<Long> TAIL = Parameter.number(
                    Place.QUERY, "tail", "Begin with so many of the last lines; -1: all.", -1, 1_000_000)
            .orElse(-1L);

    private static final Parameter<String> SINCE = Parameter.text(
            Place.QUERY,
            "since",
            "Nothing older: an RFC 3339 time, or a length of time such as 10m.",
            "[0-9A-Za-z:.+-]{1,40}",
            40,
            "must be an RFC 3339 time or a length of time such as 10m");

    private static final Parameter<Boolean> TIMESTAMPS =
            Parameter.flag(Place.QUERY, "timestamps", "Begin each line with its time.");

    private static final Parameter<String> COMMAND = Parameter.text(
                    Place.QUERY,
                    "command",
                    "The command and its arguments, one each, in order; no shell reads them.",
                    "[^\\u0000]*",
                    8192,
                    "must be at most 8192 characters without NUL")
            .repeated(200);

    private static final Parameter<Boolean> STDIN = Parameter.flag(Place.QUERY, "stdin", "The caller sends input.");

    private static final Parameter<Boolean> TTY = Parameter.flag(Place.QUERY, "tty", "Give it a terminal.");

    private static final Parameter<Long> COLUMNS = Parameter.number(
                    Place.QUERY, "columns", "Width of the terminal.", 1, 10_000)
            .orElse(80L);

    private static final Parameter<Long> ROWS = Parameter.number(
                    Place.QUERY, "rows", "Height of the terminal.", 1, 10_000)
            .orElse(24L);

    private static final Parameter<String> USER = Parameter.text(
            Place.QUERY,
            "user",
            "As whom to run: a name or uid[:gid]; absent: as the container.",
            "[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,31})?",
            65,
            "must be a user name or uid[:gid]");

    private final ApiServices services;

    StreamRoutes(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/v1/sets/{name}/logs")
                        .id("readLogs")
                        .tag("sets")
                        .summary("Streams what a container wrote")
                        .needs(Role.DEVELOPER)
                        .takes(Params.NAME, Params.TENANT, Params.TENANT_HEADER, CONTAINER)
                        .takes(FOLLOW, TAIL, SINCE, TIMESTAMPS)
                        .answers(Answer.stream("Output and errors, as they came", Answer.TEXT))
                        .handle(this::logs),
                Route.post("/v1/sets/{name}/commit")
                        .id("commitSet")
                        .tag("sets")
                        .summary("Saves what a container is now as an image in the repository")
                        .needs(Role.DEVELOPER)
                        .takes(Params.NAME, Params.TENANT, Params.TENANT_HEADER, SaveReply.PROGRESS)
                        .reads(Route.Body.json(CommitRequest.class))
                        .answers(
                                Answer.json(200, "Saved", SavedImage.class),
                                Answer.stream(SaveReply.STREAM, Answer.EVENTS))
                        .handle(this::commit),
                Route.get("/v1/sets/{name}/exec")
                        .id("exec")
                        .tag("sets")
                        .summary("Runs a command in a container, over a WebSocket of binary frames")
                        .needs(Role.OPERATOR)
                        .audited()
                        .takes(Params.NAME, Params.TENANT, Params.TENANT_HEADER, CONTAINER)
                        .takes(COMMAND, STDIN, TTY, COLUMNS, ROWS, USER)
                        .answers(Answer.empty(
                                101,
                                "Frames: a channel byte (0 input, 1 output, 2 errors, 3 control"
                                        + " as JSON), then the payload; the last is a control frame exit or failed"))
                        .open(this::exec));
    }

    private Reply logs(Request request) throws InterruptedException {
        SetResource set = set(request);
        ContainerSpec container = container(request, set);
        StreamRequest.Logs asked = new StreamRequest.Logs(
                set.uid(),
                container.nameOrEmpty(),
                request.get(FOLLOW),
                request.get(TAIL).intValue(),
                since(request),
                request.get(TIMESTAMPS));
        SideStream stream = services.streams().open(host(set), asked, OPEN_WITHIN);
        return LogStream.reply(stream);
    }

    private Reply commit(Request request) throws InterruptedException {
        SetResource set = set(request);
        CommitRequest asked = request.body(CommitRequest.class);
        ImagePushRoutes.Target target = ImagePushRoutes.target("/tag", asked.tag(), set.tenant());
        ContainerSpec container = container(asked.container(), set);
        String host = host(set);
        request.notes().detail("container " + container.nameOrEmpty() + " as " + target);
        String from = target.from(container.imageOrEmpty());
        LinkMethods.GrantAnswer grant = target.grant(services, request, host, List.of(from));
        StreamRequest.Save save = new StreamRequest.Save(
                set.uid(),
                container.nameOrEmpty(),
                String.valueOf(grant.url()),
                String.valueOf(grant.token()),
                target.repository(),
                target.tag(),
                from,
                true);
        return SaveReply.of(request, services.streams().open(host, save, OPEN_WITHIN), host);
    }

    private @Nullable Instant since(Request request) {
        String text = request.find(SINCE);
        if (text == null) {
            return null;
        }
        try {
            return text.contains("T")
                    ? java.time.OffsetDateTime.parse(text).toInstant()
                    : services.clock().instant().minus(Interval.parse(text).duration());
        } catch (DateTimeException | IllegalArgumentException e) {
            throw SINCE.broken(text);
        }
    }

    /** All that can be refused is refused here, before the WebSocket is; nothing is opened yet. */
    private SocketSession exec(Request request) {
        SetResource set = set(request);
        ContainerSpec container = container(request, set);
        List<String> command = request.all(COMMAND);
        if (command.isEmpty() || command.getFirst().isEmpty()) {
            throw COMMAND.broken("is required", null);
        }
        SetState state = set.status().state();
        if (NOTHING_RUNS.contains(state) || set.intent().run() != SetIntent.Run.RUNNING) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT,
                    "the set is " + state
                            + (set.status().reason() == null
                                    ? ""
                                    : ": " + set.status().reason()));
        }
        String host = host(set);
        request.notes().detail("container " + container.nameOrEmpty() + ", command " + shortened(command.getFirst()));
        StreamRequest.Exec asked = new StreamRequest.Exec(
                set.uid(),
                container.nameOrEmpty(),
                command,
                request.get(STDIN),
                request.get(TTY),
                request.get(COLUMNS).intValue(),
                request.get(ROWS).intValue(),
                request.find(USER));
        return new ExecSession(() -> services.streams().open(host, asked, OPEN_WITHIN));
    }

    /** Only the program: its arguments may hold a secret. */
    private static String shortened(String program) {
        String plain = program.replaceAll("[^ -~]", "?");
        return plain.length() > 80 ? plain.substring(0, 80) : plain;
    }

    private SetResource set(Request request) {
        return SetRoutes.existing(services.log().image(), Tenancy.of(request), request.get(Params.NAME));
    }

    private static ContainerSpec container(Request request, SetResource set) {
        return container(request.find(CONTAINER), set);
    }

    private static ContainerSpec container(@Nullable String name, SetResource set) {
        if (ContainerStatus.INFRA.equals(name)) {
            throw new ProblemException(Problem.Kind.FORBIDDEN, "the infra container admits nobody");
        }
        List<ContainerSpec> containers = set.spec().inStartOrder();
        if (name == null) {
            return containers.getFirst();
        }
        return containers.stream()
                .filter(container -> name.equals(container.nameOrEmpty()))
                .findFirst()
                .orElseThrow(() -> CONTAINER.broken(
                        "must be one of "
                                + containers.stream()
                                        .map(ContainerSpec::nameOrEmpty)
                                        .toList(),
                        name));
    }

    private static String host(SetResource set) {
        String host = set.status().host();
        if (host == null) {
            String reason = set.status().reason();
            throw new ProblemException(
                    Problem.Kind.CONFLICT, "the set has no host yet" + (reason == null ? "" : ": " + reason));
        }
        return host;
    }
}
