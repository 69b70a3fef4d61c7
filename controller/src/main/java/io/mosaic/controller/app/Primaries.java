package io.mosaic.controller.app;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppRoles;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.Placement.Part;
import io.mosaic.model.RoleStatus;
import io.mosaic.model.RolesStatus;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetRole;
import io.mosaic.model.SetState;
import org.jspecify.annotations.Nullable;

/** What a set is to the roles of its app. */
public final class Primaries {

    private Primaries() {}

    /** Whether it is primary of its app, or may still be: then nobody may forget that it runs on its host. */
    public static boolean mayBe(ClusterImage image, SetResource set) {
        AppMember member = set.app();
        AppResource app = member == null ? null : image.app(set.tenant(), member.name());
        RolesStatus roles = app == null ? null : app.status().roles();
        return roles != null && roles.holds(set);
    }

    /**
     * Whether another instance could take over from it now: then it is not taken down before one has. What moves or stops it
     * waits for the switchover that the wish begins.
     */
    public static boolean handsOver(ClusterImage image, SetResource set) {
        AppMember member = set.app();
        AppResource app = member == null ? null : image.app(set.tenant(), member.name());
        RolesStatus roles = app == null ? null : app.status().roles();
        if (app == null || roles == null || !roles.holds(set) || app.deleting()) {
            return false;
        }
        return roles.phase() != RolesStatus.Phase.HELD
                || image.members(app.tenant(), app.name()).stream()
                        .anyMatch(other -> !roles.holds(other)
                                && fit(other)
                                && !drained(image, other)
                                && !roles.refused().contains(other.name()));
    }

    /** Whether its host is being emptied, and it is to leave with the rest. */
    static boolean drained(ClusterImage image, SetResource set) {
        String name = set.status().host();
        HostResource host = name == null ? null : image.host(name);
        HostSpec.Drain drain = host == null ? null : host.spec().drain();
        return drain != null && (set.spec().volume() == null || drain.withVolumes());
    }

    /** Whether it could become primary now: it runs, healthy, and its agent has said that it is a standby. */
    static boolean fit(SetResource set) {
        RoleStatus role = set.status().role();
        SetRole wanted = set.intent().role();
        return Members.runs(set)
                && !Members.leaves(set)
                && role != null
                && !role.primary()
                && wanted != null
                && !wanted.primary()
                && role.term() >= wanted.term();
    }

    /** Whether its agent has said that it is the primary of that term. */
    static boolean isPrimary(SetResource set, long term) {
        RoleStatus role = set.status().role();
        return role != null && role.primary() && role.term() == term;
    }

    /**
     * Whether it is certainly none any more, and will be in no term up to that: its agent has said so, or has said that
     * nothing of it runs, or it has left its host after that.
     */
    static boolean isNone(SetResource set, long term) {
        RoleStatus role = set.status().role();
        return set.status().host() == null || (role != null && !role.primary() && role.term() >= term) || rests(set);
    }

    /** Whether its agent has said, of the latest that it was told, that nothing of it runs. */
    static boolean rests(SetResource set) {
        return set.status().state() == SetState.STOPPED
                && set.status().observedGeneration() >= set.generation()
                && (set.status().moves() || set.intent().run() == SetIntent.Run.STOPPED);
    }

    /** It, with that role in that term, by these rules. */
    static SetResource with(SetResource set, Part is, long term, AppRoles rules) {
        return set.withIntent(set.intent().withRole(SetRole.of(is, term, rules)));
    }

    /** It, with another role in that term, by the rules that it was told: the leader counts by the same fence as its agent. */
    static SetResource in(SetResource set, Part is, long term, AppRoles rules) {
        SetRole told = set.intent().role();
        return told == null
                ? with(set, is, term, rules)
                : set.withIntent(set.intent().withRole(told.in(is, term)));
    }

    /** The role that a set has that is made now. */
    static @Nullable SetRole fresh(AppResource app) {
        AppRoles rules = app.spec().roles();
        RolesStatus roles = app.status().roles();
        return rules == null ? null : SetRole.of(Part.STANDBY, roles == null ? 0 : roles.term(), rules);
    }
}
