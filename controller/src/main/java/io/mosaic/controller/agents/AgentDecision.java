package io.mosaic.controller.agents;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.HeldDecision;
import io.mosaic.controller.host.HostDecisions;
import io.mosaic.controller.set.SetReports;
import io.mosaic.model.Event;
import io.mosaic.model.HostInventory;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import io.mosaic.model.Kind;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.SetStatus;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.SetReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a batch of messages from agents means, decided one after another, each on what the ones before it left. Of several
 * reports of a set in the batch only the last counts, as a report replaces the one before it.
 */
final class AgentDecision implements HeldDecision {
    private static final Logger LOG = LoggerFactory.getLogger(AgentDecision.class);

    /** An agent that tells more at once tells noise. */
    private static final int EVENTS_MAX = 1000;

    private static final int MESSAGE_CHARS_MAX = 1024;
    private static final Duration CLOCK_AHEAD = Duration.ofMinutes(1);
    private static final Pattern TYPE = Pattern.compile("[A-Za-z]{1,40}");

    /** What a host that does not have the set cannot be doing with it. */
    private static final Set<SetState> NEEDS_HOST = EnumSet.of(
            SetState.PREPARING,
            SetState.STARTING,
            SetState.RUNNING,
            SetState.UPDATING,
            SetState.RESIZING,
            SetState.STOPPING,
            SetState.FAILED,
            SetState.LOST);

    private final List<SessionCommits.Said> batch;
    private final String holder;
    private final Instant now;
    private Set<String> elsewhere = Set.of();
    private final Map<SessionCommits.Said, ProblemException> refused = new HashMap<>();
    private int impossible;

    private ClusterImage image = ClusterImage.EMPTY;
    private List<Change> changes = List.of();
    private List<Event> events = List.of();

    AgentDecision(List<SessionCommits.Said> batch, String holder, Instant now) {
        this.batch = batch;
        this.holder = holder;
        this.now = now;
    }

    /** Why that message was refused, null when it was not; after {@link #decide}. */
    @Nullable
    ProblemException refused(SessionCommits.Said said) {
        return refused.get(said);
    }

    int impossibleTransitions() {
        return impossible;
    }

    /** Hosts whose session another controller holds; after {@link #decide}. What they said here was left out. */
    Set<String> elsewhere() {
        return elsewhere;
    }

    @Override
    public String holder() {
        return holder;
    }

    @Override
    public Set<String> hosts() {
        return batch.stream().map(said -> said.session().host()).collect(Collectors.toSet());
    }

    @Override
    public Decided decide(ClusterImage head, Set<String> heldElsewhere) {
        elsewhere = heldElsewhere;
        image = head;
        changes = new ArrayList<>();
        events = new ArrayList<>();
        refused.clear();
        impossible = 0;
        Map<Reported, SessionCommits.Said> last = lastReports();
        for (SessionCommits.Said said : batch) {
            try {
                say(said, last);
            } catch (ProblemException e) {
                refused.put(said, e);
            } catch (RuntimeException e) {
                // One host's message must not cost the others theirs.
                LOG.error(
                        "a message of host {} could not be decided on",
                        said.session().host(),
                        e);
                refused.put(said, new ProblemException(Problem.Kind.INTERNAL, "what was said could not be decided on"));
            }
        }
        return new Decided(changes, events);
    }

    /** By host as well: what one host says of another's set must not hide what that one says. */
    private record Reported(String host, UUID uid) {}

    private Map<Reported, SessionCommits.Said> lastReports() {
        Map<Reported, SessionCommits.Said> last = new HashMap<>();
        for (SessionCommits.Said said : batch) {
            reports(said.message())
                    .forEach(report -> last.put(new Reported(said.session().host(), report.uid()), said));
        }
        return last;
    }

    private static Collection<SetReport> reports(AgentMessage message) {
        return switch (message) {
            case AgentMessage.Hello hello -> hello.sets();
            case AgentMessage.Reports reports -> reports.sets();
            case AgentMessage.Heartbeat _, AgentMessage.Unknown _, AgentMessage.Usage _, AgentMessage.Images _ ->
                List.of();
        };
    }

    private void say(SessionCommits.Said said, Map<Reported, SessionCommits.Said> last) {
        String host = said.session().host();
        if (!Peer.known(said.session().identity(), image)) {
            throw new ProblemException(Problem.Kind.FORBIDDEN, "host " + host + " is no longer in the cluster");
        }
        if (elsewhere.contains(host)) {
            // Its session goes on at another controller, which knows better how its sets are. What happened, though,
            // nobody tells again.
            if (said.message() instanceof AgentMessage.Reports reports) {
                story(host, reports.events());
            }
            return;
        }
        switch (said.message()) {
            case AgentMessage.Hello hello -> {
                take(HostDecisions.hello(host, hello.inventory(), hello.zone(), hello.pool(), hello.labels(), now));
                reports(said, last);
                missing(host, hello.sets());
            }
            case AgentMessage.Reports reports -> {
                story(host, reports.events());
                reports(said, last);
            }
            // Never comes here: what is used is not for the log.
            case AgentMessage.Usage usage -> {}
            case AgentMessage.Heartbeat heartbeat -> {
                String degraded = heartbeat.degraded();
                take(
                        degraded == null
                                ? HostDecisions.healthy(host, now)
                                : HostDecisions.degraded(host, cut(degraded), now));
            }
            case AgentMessage.Images images -> take(HostDecisions.images(host, images.images()));
            case AgentMessage.Unknown unknown -> {
                // Was passed over when it came.
            }
        }
    }

    private void reports(SessionCommits.Said said, Map<Reported, SessionCommits.Said> last) {
        String host = said.session().host();
        for (SetReport report : reports(said.message())) {
            if (said.equals(last.get(new Reported(host, report.uid())))) {
                SetReports.Reported reported = SetReports.report(image, host, report, now);
                impossible += reported.impossibleTransitions();
                take(reported.decided());
            }
        }
    }

    /** A set that is not on the host, though it was, is still to be made there: the agent's next report tells how it goes. */
    private void missing(String host, List<SetReport> there) {
        Set<UUID> known = new HashSet<>();
        there.forEach(report -> known.add(report.uid()));
        for (SetResource set : image.setsOn(host)) {
            if (!known.contains(set.uid()) && NEEDS_HOST.contains(set.status().state())) {
                SetStatus placed = set.status().in(SetState.PLACED, "the host came back without it", now);
                take(Decided.of(new Change.Put(set.withStatus(placed))));
            }
        }
    }

    /** Takes an agent's events as far as they are about its own sets, or about itself. */
    private void story(String host, List<Event> told) {
        Map<String, Boolean> own = new LinkedHashMap<>();
        told.stream()
                .limit(EVENTS_MAX)
                .filter(MessageRules::whole)
                .filter(event -> own.computeIfAbsent(
                        event.kind() + "/" + event.tenant() + "/" + event.name(), key -> owns(host, event)))
                .filter(event -> TYPE.matcher(event.type()).matches())
                .map(event -> new Event(
                        0,
                        // A host whose clock is ahead must not tell of what is still to come.
                        event.at().isAfter(now.plus(CLOCK_AHEAD)) ? now : event.at(),
                        event.kind() == Kind.HOST ? ResourceKey.CLUSTER : event.tenant(),
                        event.kind(),
                        event.name(),
                        event.container(),
                        event.type(),
                        event.warning(),
                        cut(event.message())))
                .forEach(events::add);
    }

    private boolean owns(String host, Event event) {
        if (event.kind() == Kind.HOST) {
            return host.equals(event.name());
        }
        SetResource set = event.kind() == Kind.SET ? image.set(event.tenant(), event.name()) : null;
        return set != null && host.equals(set.status().host());
    }

    private void take(Decision decision) {
        take(decision.decide(image));
    }

    private void take(Decided decided) {
        for (Change change : decided.changes()) {
            image = image.apply(change.at(image.revision() + 1));
            changes.add(change);
        }
        events.addAll(decided.events());
    }

    private static String cut(String text) {
        return text.length() <= MESSAGE_CHARS_MAX ? text : text.substring(0, MESSAGE_CHARS_MAX);
    }

    /** Whether a heartbeat that says this tells anything new of the host. */
    static boolean tellsNews(@Nullable HostResource host, @Nullable String degraded) {
        if (host == null) {
            return true;
        }
        boolean isDegraded = host.status().state() == HostState.DEGRADED;
        return degraded == null
                ? isDegraded
                : !isDegraded || !cut(degraded).equals(host.status().reason());
    }

    /** Whether the host is known to have other images. */
    static boolean tellsNews(@Nullable HostResource host, AgentMessage.Images told) {
        HostInventory known = host == null ? null : host.status().inventory();
        return known == null || !Set.copyOf(known.images()).equals(Set.copyOf(told.images()));
    }
}
