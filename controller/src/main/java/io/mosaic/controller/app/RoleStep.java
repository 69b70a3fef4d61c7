package io.mosaic.controller.app;

import io.mosaic.model.AppResource;
import io.mosaic.model.AppRoles;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.Placement.Part;
import io.mosaic.model.RoleStatus;
import io.mosaic.model.RolesStatus;
import io.mosaic.model.RolesStatus.Phase;
import io.mosaic.model.RolesStatus.Switchover;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetRole;
import io.mosaic.model.SetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings an app with roles one step further: names a primary where there is none, lets one go that is to be none, and takes
 * notice of what agents say of it. At any time the app's status names at most one set that is primary or may be; another one
 * is named only when that one is certainly none: its agent has said that it is standby in a later term, or that nothing of it
 * runs, or its host has been silent for the fence, by when its agent has demoted it. A term is never used twice.
 */
final class RoleStep {

    /** A promotion that nobody can take is tried again after so long. */
    private static final Duration REFUSED = Duration.ofSeconds(30);

    /** What a switchover, or a promotion, may take beside the time of its command: reports, commits, the end of containers. */
    private static final Duration SLACK = Duration.ofSeconds(20);

    /** Restarts in a row after which a primary that ends is not waited for. */
    private static final int RESTARTS_MAX = 3;

    private static final Duration LOOK = Duration.ofSeconds(1);

    private final AppLook look;
    private final AppRoles rules;

    private RoleStep(AppLook look, AppRoles rules) {
        this.look = look;
        this.rules = rules;
    }

    static void step(AppLook look) {
        AppRoles rules = look.app().spec().roles();
        if (rules == null) {
            return;
        }
        RoleStep step = new RoleStep(look, rules);
        if (look.app().status().roles() == null) {
            step.put(RolesStatus.none(look.now()));
        }
        // A phase may be over as soon as it begins; none comes back within one look.
        for (int i = 0; i < Phase.values().length; i++) {
            RolesStatus before = step.roles();
            step.next();
            if (before.equals(step.roles())) {
                break;
            }
        }
        step.keepRules();
    }

    private RolesStatus roles() {
        RolesStatus roles = look.app().status().roles();
        return roles == null ? RolesStatus.none(look.now()) : roles;
    }

    private void put(RolesStatus roles) {
        AppResource app = look.app();
        look.put(app.withStatus(app.status().withRoles(roles)));
    }

    private void next() {
        RolesStatus roles = roles();
        SetResource holder = look.member(roles.uid());
        if (roles.phase() == Phase.VACANT) {
            vacant(roles);
        } else if (holder == null) {
            // A set is gone only when its agent has said that nothing of it is left, or it never had a host.
            lost(roles, null, "is gone");
        } else if (released(roles, holder)) {
            lost(roles, holder, "runs no more");
        } else if (fenced(holder)) {
            fence(roles, holder);
        } else {
            switch (roles.phase()) {
                case PROMOTING -> promoting(roles, holder);
                case HELD -> held(roles, holder);
                case DEMOTING -> demoting(roles, holder);
                case VACANT -> {}
            }
        }
    }

    /** Whether it has left its host, or rests there, or is standby by its agent's word in a term in which it was to be so. */
    private static boolean released(RolesStatus roles, SetResource holder) {
        return roles.phase() == Phase.DEMOTING
                ? Primaries.isNone(holder, roles.term())
                : holder.status().host() == null || Primaries.rests(holder);
    }

    /** Nobody is primary any more, for certain. */
    private void lost(RolesStatus roles, @Nullable SetResource holder, String how) {
        boolean planned = roles.phase() == Phase.DEMOTING;
        long term = planned ? roles.term() : roles.term() + 1;
        if (holder != null && !planned) {
            look.put(Primaries.in(holder, Part.STANDBY, term, rules));
        }
        put(roles.vacant(term, look.now()));
        look.tell("Demoted", roles.primary() + (planned ? " is standby in term " + term : " " + how));
    }

    private boolean fenced(SetResource holder) {
        if (!look.silent(holder)) {
            return false;
        }
        SetRole role = holder.intent().role();
        Duration fence = role == null ? rules.fence().duration() : role.fence().duration();
        Duration left = fence.minus(look.silence(holder));
        if (left.isPositive()) {
            look.again(left.compareTo(LOOK) < 0 ? left : LOOK);
            return false;
        }
        return true;
    }

    /** Its host is silent for so long that its agent has demoted it; when it is back, it is told that it is standby. */
    private void fence(RolesStatus roles, SetResource holder) {
        long term = roles.term() + 1;
        look.put(Primaries.in(holder, Part.STANDBY, term, rules));
        put(roles.vacant(term, look.now()));
        look.warn(
                "Fenced",
                roles.primary() + ": nothing was heard of host "
                        + holder.status().host() + " for the fence: it is primary no more");
    }

    private void vacant(RolesStatus roles) {
        Switchover switchover = roles.switchover();
        SetResource next = switchover == null ? null : named(switchover.to());
        if (switchover != null && (next == null || !Primaries.fit(next) || refused(roles, next))) {
            failed(roles, switchover, "is not fit to be primary");
            roles = roles();
            next = switchover.from() == null ? null : named(switchover.from());
            next = next != null && Primaries.fit(next) ? next : null;
        }
        if (next == null
                && (rules.promote() == AppRoles.Promote.AUTOMATIC || roles.term() == 0 || switchover != null)) {
            next = best(roles);
        }
        if (next == null) {
            missing(roles);
            return;
        }
        SetResource named = Primaries.with(next, Part.PRIMARY, roles.term() + 1, rules);
        look.put(named);
        put(roles.promoting(named, look.now()));
    }

    private void missing(RolesStatus roles) {
        if (rules.promote() == AppRoles.Promote.MANUAL && roles.term() > 0) {
            look.because("no instance is primary: mos app switchover says which is to be");
            return;
        }
        look.because("no instance is primary, and none is fit to be");
        if (!roles.refused().isEmpty() && look.past(look.app().uid(), roles.since(), REFUSED)) {
            put(roles.refused(List.of()).vacant(roles.term(), look.now()));
        }
    }

    private void promoting(RolesStatus roles, SetResource holder) {
        if (Primaries.isPrimary(holder, roles.term())) {
            put(roles.held(look.now()));
            look.tell("Promoted", holder.name() + " is primary in term " + roles.term());
        } else if (!refuses(roles, holder)) {
            if (leaves(holder)) {
                demote(roles, holder);
            } else if (!look.silent(holder) && overdue(roles, rules.onPromote())) {
                refuse(roles, holder, "did not become primary in time");
            }
        }
    }

    /** Whether it cannot be primary, by its agent's word; then it is to be none. */
    private boolean refuses(RolesStatus roles, SetResource holder) {
        RoleStatus said = holder.status().role();
        if (said == null || said.term() != roles.term() || said.fault() == null) {
            return false;
        }
        refuse(roles, holder, said.fault());
        return true;
    }

    private void refuse(RolesStatus roles, SetResource holder, String why) {
        List<String> refused = new ArrayList<>(roles.refused());
        if (!refused.contains(holder.name())) {
            refused.add(holder.name());
        }
        look.warn("PromoteFailed", holder.name() + ": " + why);
        demote(roles.refused(refused), holder);
    }

    private boolean overdue(RolesStatus roles, AppRoles.@Nullable Command command) {
        Duration most = command == null ? SLACK : SLACK.plus(command.timeout().duration());
        return look.past(look.app().uid(), roles.since(), most);
    }

    private void held(RolesStatus roles, SetResource holder) {
        if (refuses(roles, holder)) {
            return;
        }
        Switchover switchover = roles.switchover();
        if (switchover != null) {
            SetResource to = named(switchover.to());
            if (to == null || !Primaries.fit(to)) {
                failed(roles, switchover, "is not fit to be primary");
            } else if (muted(holder, switchover)) {
                demote(roles, holder);
            }
            return;
        }
        SetResource other = best(roles);
        if (other == null || silentOrUnknown(holder)) {
            return;
        }
        if (leaves(holder) && !Primaries.drained(look.view(), other)) {
            begin(look, holder, other, "it is to go");
        } else if (rules.promote() == AppRoles.Promote.AUTOMATIC && broken(holder)) {
            look.warn("PrimaryFailed", holder.name() + " fails: " + other.name() + " is to take over");
            demote(roles.with(null), holder);
        }
    }

    private boolean silentOrUnknown(SetResource holder) {
        return look.silent(holder) || holder.status().state() == SetState.LOST;
    }

    /** Whether it is on its way out, so that another should be primary. */
    private boolean leaves(SetResource holder) {
        return holder.intent().run() != SetIntent.Run.RUNNING
                || Members.leaves(holder)
                || holder.status().moves()
                || Primaries.drained(look.view(), holder);
    }

    /** Whether it does not come up again where it is. */
    private boolean broken(SetResource holder) {
        SetState state = holder.status().state();
        if (holder.intent().run() != SetIntent.Run.RUNNING
                || (state != SetState.FAILED
                        && state != SetState.STOPPED
                        && state != SetState.STARTING
                        && state != SetState.PREPARING)) {
            return false;
        }
        boolean crashes = holder.status().containers().stream()
                .anyMatch(each -> each.restarts() >= RESTARTS_MAX
                        && (each.state() == ContainerStatus.State.BACKOFF
                                || each.state() == ContainerStatus.State.EXITED));
        return crashes
                || look.past(
                        holder.uid(), holder.status().since(), rules.fence().duration());
    }

    /** Begins a switchover that nobody asked for. */
    static void begin(AppLook look, SetResource holder, SetResource to, String why) {
        AppResource app = look.app();
        RolesStatus roles = app.status().roles();
        if (roles == null) {
            return;
        }
        Switchover switchover = new Switchover(holder.name(), to.name(), look.now());
        look.put(app.withStatus(app.status().withRoles(roles.with(switchover))));
        look.again(Duration.ZERO);
        look.tell("Switchover", holder.name() + " -> " + to.name() + ": " + why);
    }

    /** Takes its weight away, and says whether that was long enough ago. */
    private boolean muted(SetResource holder, Switchover switchover) {
        if (!Members.of(holder).muted()) {
            look.put(holder.withApp(Members.of(holder).muted(true)));
            look.tell(holder, "WeightChanged", "weight 100 -> 0: " + switchover.to() + " is to be primary");
        }
        return look.past(
                look.app().uid(),
                switchover.since(),
                look.app().spec().update().drain().duration());
    }

    private void demote(RolesStatus roles, SetResource holder) {
        RolesStatus next = roles.demoting(look.now());
        SetResource current = look.member(holder.uid());
        look.put(Primaries.in(current == null ? holder : current, Part.STANDBY, next.term(), rules));
        put(next);
    }

    /** It was told; when it does not say so in time, or its successor is no longer fit, it is primary again. */
    private void demoting(RolesStatus roles, SetResource holder) {
        Switchover switchover = roles.switchover();
        if (switchover == null || !switchover.to().equals(target(roles, holder)) || leaves(holder)) {
            return;
        }
        SetResource to = named(switchover.to());
        boolean unfit = to == null || !Primaries.fit(to);
        if (!unfit && !overdue(roles, rules.onDemote())) {
            return;
        }
        failed(
                roles,
                switchover,
                unfit ? "is not fit to be primary" : "waited in vain for " + holder.name() + " to be standby");
        // The same set: no other one may be primary meanwhile.
        SetResource again = Primaries.in(holder, Part.PRIMARY, roles.term() + 1, rules);
        look.put(again);
        put(roles().promoting(again, look.now()));
    }

    /** Whom the switchover is to, if it is one away from that set. */
    private static @Nullable String target(RolesStatus roles, SetResource holder) {
        Switchover switchover = roles.switchover();
        return switchover != null && holder.name().equals(switchover.from()) ? switchover.to() : null;
    }

    private void failed(RolesStatus roles, Switchover switchover, String why) {
        put(roles.with(null));
        look.warn("SwitchoverFailed", switchover.to() + " " + why);
    }

    private @Nullable SetResource named(String name) {
        for (SetResource set : look.members()) {
            if (set.name().equals(name)) {
                return set;
            }
        }
        return null;
    }

    private static boolean refused(RolesStatus roles, SetResource set) {
        return roles.refused().contains(set.name());
    }

    /** Who should be next: of those that are fit one that serves, away from no trouble, for the longest time. */
    private @Nullable SetResource best(RolesStatus roles) {
        return best(look, roles);
    }

    /** The best standby; null when none is fit. */
    static @Nullable SetResource best(AppLook look, RolesStatus roles) {
        return look.members().stream()
                .filter(set -> Primaries.fit(set)
                        && !refused(roles, set)
                        && !roles.holds(set)
                        && !look.silent(set)
                        && !set.status().moves())
                .min(Comparator.comparing((SetResource set) -> !Members.serves(set))
                        .thenComparing(set -> Primaries.drained(look.view(), set))
                        .thenComparingInt(set -> Members.of(set).repairsOrNone())
                        .thenComparing(set -> look.age(set.uid(), set.status().since()), Comparator.reverseOrder())
                        .thenComparingInt(set -> Members.of(set).instance()))
                .orElse(null);
    }

    /**
     * Tells every set the rules as they are now. The one that is primary keeps those with which it was named until the next
     * term: by its fence the leader counts.
     */
    private void keepRules() {
        RolesStatus roles = roles();
        for (SetResource set : look.members()) {
            SetRole role = set.intent().role();
            if (look.full() || roles.holds(set) || set.intent().run() == SetIntent.Run.DELETED) {
                continue;
            }
            if (role == null) {
                look.put(Primaries.with(set, Part.STANDBY, roles.term(), rules));
            } else if (!role.sameRules(rules)) {
                look.put(Primaries.with(set, role.is(), role.term(), rules));
            }
        }
    }
}
