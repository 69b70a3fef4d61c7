package io.mosaic.controller.app;

import static io.mosaic.controller.cluster.Samples.apply;
import static io.mosaic.controller.cluster.Samples.host;
import static io.mosaic.controller.cluster.Samples.spec;
import static io.mosaic.controller.cluster.Samples.uid;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.reconcile.HostDrains;
import io.mosaic.controller.schedule.Fleet;
import io.mosaic.controller.schedule.PlacementDecision;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.set.SetReports;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppSpec;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.Event;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import io.mosaic.model.Kind;
import io.mosaic.model.Placement;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.RoleStatus;
import io.mosaic.model.RolesStatus;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetRole;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.UpdatePolicy;
import io.mosaic.model.link.SetReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A cluster on virtual time, whose agents do within a second what they are told: a story told step by step, with what must
 * always be so checked at each second. Whoever leads forgets everything between two looks.
 */
final class AppStory {

    static final String APP = "food-web";
    /** When agents that hear nothing demote; the fence is 15 s. */
    private static final Duration FENCE = Duration.ofSeconds(13);

    static final ResourceKey KEY = ResourceKey.app("default", APP);

    private final Scheduler scheduler = Scheduler.standard();
    private final Fleet fleet = new Fleet();
    private final List<Event> events = new ArrayList<>();
    private final Set<String> silent = new HashSet<>();
    private final Map<String, Integer> restarts = new HashMap<>();
    /** Since when hosts are silent. */
    private final Map<String, Instant> silence = new HashMap<>();
    /** By set and host, the role that is in force there, whatever anybody knows of it. */
    private final Map<Place, RoleStatus> inForce = new HashMap<>();

    /** A set on a host. */
    private record Place(UUID set, String host) {}

    private Predicate<SetResource> refusing = set -> false;
    private Predicate<SetResource> stuck = set -> false;
    private ClusterImage image;
    private Instant now = Samples.NOW;
    private Predicate<SetResource> bad = set -> "bad".equals(turn(set));
    private boolean budgetHolds;

    private AppStory(ClusterImage image) {
        this.image = image;
    }

    /** That many hosts, half of them in another zone, each with room for ten instances. */
    static AppStory onHosts(int many) {
        HostResource[] hosts = new HostResource[many];
        for (int i = 0; i < many; i++) {
            HostResource host = host("host" + (i + 1), 1000, 1000);
            hosts[i] = host.withSpec(new io.mosaic.model.HostSpec(i % 2 == 0 ? "east" : "west", null, false, Map.of()));
        }
        return new AppStory(Samples.image(hosts));
    }

    /** A spec whose containers are told apart by a label, which may change in place. */
    static AppSpec app(int replicas, String turn) {
        return new AppSpec(APP, replicas, template(turn), policy("1"), List.of(), null, Map.of());
    }

    static SetSpec template(String turn) {
        return spec(null, 100, 100).withLabels(Map.of("turn", turn));
    }

    static String turn(SetResource set) {
        return set.spec().labels().getOrDefault("turn", "");
    }

    /** Batches of that size, judged at once, given up after a minute. */
    static UpdatePolicy policy(String batch) {
        return policy(batch, UpdatePolicy.Strategy.GRAY, UpdatePolicy.OnFailure.REVERT, 0);
    }

    static UpdatePolicy policy(
            String batch, UpdatePolicy.Strategy strategy, UpdatePolicy.OnFailure onFailure, int canary) {
        return new UpdatePolicy(
                strategy,
                io.mosaic.model.Portion.parse(batch),
                null,
                canary,
                null,
                null,
                io.mosaic.model.Interval.ofSeconds(2),
                io.mosaic.model.Interval.ofSeconds(60),
                onFailure,
                null);
    }

    AppStory created(AppSpec spec) {
        return commit(AppDecisions.create("default", spec, uid("app-" + spec.name() + now), false, now));
    }

    AppStory changed(AppSpec spec) {
        return commit(AppDecisions.update("default", APP, any -> spec, false, null, now));
    }

    AppStory template(int replicas, String turn) {
        AppSpec before = app().spec();
        return changed(before.withTemplate(template(turn)).withReplicas(replicas));
    }

    AppStory scaled(int replicas) {
        return commit(AppDecisions.scale("default", APP, replicas, null, null, now));
    }

    AppStory commit(Decision decision) {
        take(decision.decide(image));
        return this;
    }

    /** From now on the budget of the app must hold at each second. */
    AppStory watchingTheBudget() {
        budgetHolds = true;
        return this;
    }

    AppStory failing(Predicate<SetResource> which) {
        bad = which;
        return this;
    }

    /** Those cannot become primary. */
    AppStory refusing(Predicate<SetResource> which) {
        refusing = which;
        return this;
    }

    /** The agents of those do nothing about their role. */
    AppStory stuck(Predicate<SetResource> which) {
        stuck = which;
        return this;
    }

    AppStory silent(String host) {
        silent.add(host);
        silence.put(host, now);
        HostResource there = image.host(host);
        take(Decided.of(new Change.Put(there.withStatus(there.status().in(HostState.UNREACHABLE, "silent", now)))));
        for (SetResource set : image.setsOn(host)) {
            if (set.intent().run() == SetIntent.Run.RUNNING) {
                take(Decided.of(new Change.Put(set.withStatus(set.status().in(SetState.LOST, null, now)))));
            }
        }
        return this;
    }

    AppStory back(String host) {
        silent.remove(host);
        silence.remove(host);
        HostResource there = image.host(host);
        take(Decided.of(new Change.Put(there.withStatus(there.status().in(HostState.READY, null, now)))));
        return this;
    }

    AppStory after(Duration time) {
        for (long second = 0; second < time.toSeconds(); second++) {
            now = now.plusSeconds(1);
            second();
        }
        return this;
    }

    AppStory afterSeconds(int seconds) {
        return after(Duration.ofSeconds(seconds));
    }

    AppStory then(Consumer<AppStory> checks) {
        checks.accept(this);
        return this;
    }

    /** By the clock of whoever wrote a time: here there is but one. */
    AppReconcile.Look look(ResourceKey key) {
        return AppReconcile.look(
                image,
                key,
                new Ages() {
                    @Override
                    public Duration of(UUID of, Instant since) {
                        return Duration.between(since, now);
                    }

                    @Override
                    public Duration silence(String host) {
                        Instant since = silence.get(host);
                        return since == null ? Duration.ZERO : Duration.between(since, now);
                    }
                },
                now);
    }

    private void second() {
        for (Resource app : image.resources(Kind.APP).values()) {
            Duration again = Duration.ZERO;
            for (int looks = 0; again != null && !again.isPositive(); looks++) {
                assertThat(looks).as("looks at one app in one second").isLessThan(50);
                AppReconcile.Look look = look(app.key());
                take(look.decided());
                again = look.again();
            }
            assertThat(look(app.key()).decided())
                    .as("a second look at the same changes nothing")
                    .isEqualTo(Decided.NOTHING);
        }
        if (HostDrains.any(image)) {
            take(HostDrains.next(image, scheduler, fleet, now).decide(image));
        }
        take(new PlacementDecision(scheduler, scheduler.plan(image, Integer.MAX_VALUE), now).decide(image));
        check();
        agents();
        leases();
    }

    private void check() {
        Set<String> names = new HashSet<>();
        for (Resource resource : image.resources(Kind.APP).values()) {
            AppResource app = (AppResource) resource;
            Set<Integer> numbers = new HashSet<>();
            for (SetResource set : image.members(app.tenant(), app.name())) {
                assertThat(names.add(set.name()))
                        .as("one set named " + set.name())
                        .isTrue();
                assertThat(numbers.add(Members.of(set).instance()))
                        .as("one instance of that number")
                        .isTrue();
            }
            if (budgetHolds) {
                assertThat(Members.away(image, app))
                        .as("instances away at " + now + ": " + sets())
                        .isLessThanOrEqualTo(Budgets.limit(app));
            }
        }
    }

    /** What the agent puts in force of the role, if it is to; a silent one demotes before the fence. */
    private @Nullable RoleStatus role(SetResource set, String host) {
        SetRole wanted = set.intent().role();
        Place key = new Place(set.uid(), host);
        if (wanted == null || stuck.test(set)) {
            return inForce.get(key);
        }
        RoleStatus before = inForce.get(key);
        RoleStatus next = new RoleStatus(wanted.is(), wanted.term(), null);
        if (wanted.primary() && refusing.test(set)) {
            next = new RoleStatus(Placement.Part.STANDBY, wanted.term(), "onPromote ended with exit code 1");
        }
        if (before == null || before.term() <= next.term()) {
            inForce.put(key, next);
        }
        return inForce.get(key);
    }

    /** Lease of those who hear nothing any more; containers that are gone have no role. */
    private void leases() {
        inForce.entrySet().removeIf(entry -> {
            String host = entry.getKey().host();
            SetResource set = image.set(entry.getKey().set());
            Instant since = silence.get(host);
            if (since != null) {
                return !Duration.between(since, now).minus(FENCE).isNegative();
            }
            return set == null
                    || !host.equals(set.status().host())
                    || set.status().state() == SetState.STOPPED;
        });
        long primaries = inForce.values().stream().filter(RoleStatus::primary).count();
        assertThat(primaries).as("primaries at " + now + ": " + inForce).isLessThanOrEqualTo(1);
    }

    /** They report what they were told as done; a bad set fails, again and again. */
    private void agents() {
        for (Resource resource : image.resources(Kind.SET).values()) {
            SetResource set = (SetResource) resource;
            String host = set.status().host();
            if (host == null || silent.contains(host)) {
                continue;
            }
            SetState state = switch (set.intent().run()) {
                case DELETED -> SetState.DELETED;
                case STOPPED -> SetState.STOPPED;
                case RUNNING ->
                    set.status().moves() ? SetState.STOPPED : bad.test(set) ? SetState.FAILED : SetState.RUNNING;
            };
            boolean fails = state == SetState.FAILED;
            int count = fails ? restarts.merge(set.name() + turn(set), 1, Integer::sum) : 0;
            ContainerStatus container = new ContainerStatus(
                    "web",
                    1,
                    "web:1",
                    fails ? ContainerStatus.State.BACKOFF : ContainerStatus.State.UP,
                    "c",
                    count,
                    null,
                    null);
            take(SetReports.report(
                            image,
                            host,
                            new SetReport(
                                    set.uid(),
                                    set.tenant(),
                                    set.name(),
                                    set.generation(),
                                    state,
                                    null,
                                    fails ? "ends with exit code 1" : null,
                                    List.of(container),
                                    state == SetState.RUNNING || fails
                                            ? role(set, host)
                                            : set.status().role()),
                            now)
                    .decided());
        }
    }

    private void take(Decided decided) {
        image = apply(image, decided.changes());
        events.addAll(decided.events());
    }

    ClusterImage image() {
        return image;
    }

    Instant now() {
        return now;
    }

    AppResource app() {
        AppResource app = image.app("default", APP);
        assertThat(app).as("the app").isNotNull();
        return app;
    }

    Rollout.State rollout() {
        Rollout rollout = app().status().rollout();
        assertThat(rollout).as("a rollout").isNotNull();
        return rollout.state();
    }

    RolesStatus roles() {
        RolesStatus roles = app().status().roles();
        assertThat(roles).as("the roles").isNotNull();
        return roles;
    }

    /** The instance of that number. */
    SetResource member(int instance) {
        return members().stream()
                .filter(set -> Members.of(set).instance() == instance)
                .findFirst()
                .orElseThrow();
    }

    /** Who is primary, in force. */
    List<String> primaries() {
        return inForce.entrySet().stream()
                .filter(entry -> entry.getValue().primary())
                .map(entry -> image.set(entry.getKey().set()))
                .map(set -> set == null ? "gone" : set.name())
                .toList();
    }

    List<SetResource> members() {
        return image.members("default", APP);
    }

    /** Of each set its state, and which template it is of. */
    Map<String, String> sets() {
        Map<String, String> sets = new TreeMap<>();
        members().forEach(set -> sets.put(set.name(), set.status().state() + " " + turn(set)));
        return sets;
    }

    /** How many sets are of each template. */
    Map<String, Long> turns() {
        return members().stream().collect(Collectors.groupingBy(AppStory::turn, TreeMap::new, Collectors.counting()));
    }

    List<String> told(String type) {
        return events.stream()
                .filter(event -> event.type().equals(type))
                .map(Event::message)
                .toList();
    }
}
