package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A set's membership in an app. Written by the control plane alone.
 *
 * @param name of the app
 * @param instance its number there, from 1; unique in the app
 * @param release of the app's template that the set's spec was made from; 0: adopted as it was
 * @param batch of the update that it was or is part of, 0 for none
 * @param since when it was made, chosen for that batch, or given that release, whichever was last
 * @param weight what a load balancer should give it, percent; absent: 100. It is 0 from before an update touches the
 *     instance until it is healthy again, and while it leaves
 * @param leaving whether it is stopped for good, to be removed; absent when it stays
 * @param repairs how often the app had it restarted or moved because it failed for too long, since it last was well
 * @param repaired when that was last
 * @param avoid the host where it failed; the next placement rather goes elsewhere
 * @param waits whether it has no host that answers, so that its batch cannot judge it; absent when it has
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AppMember(
        String name,
        int instance,
        int release,
        int batch,
        Instant since,
        @Nullable Integer weight,
        @Nullable Boolean leaving,
        @Nullable Integer repairs,
        @Nullable Instant repaired,
        @Nullable String avoid,
        @Nullable Boolean waits) {

    /** One that serves, and of which nothing is known yet. */
    public AppMember(String name, int instance, int release, int batch, Instant since) {
        this(name, instance, release, batch, since, null, null, null, null, null, null);
    }

    /** Whether it is stopped for good, to be removed. */
    @JsonIgnore
    public boolean leaves() {
        return Boolean.TRUE.equals(leaving);
    }

    /** Whether load balancers should leave it out. */
    @JsonIgnore
    public boolean muted() {
        return weight != null && weight == 0;
    }

    @JsonIgnore
    public int repairsOrNone() {
        return repairs == null ? 0 : repairs;
    }

    /** Whether its batch cannot judge it, as it has no host that answers. */
    @JsonIgnore
    public boolean waitsForHost() {
        return Boolean.TRUE.equals(waits);
    }

    /** Chosen for a batch. */
    public AppMember chosen(int changedBatch, Instant now) {
        return new AppMember(name, instance, release, changedBatch, now, 0, leaving, repairs, repaired, avoid, null);
    }

    /** With its spec made from that release. */
    public AppMember at(int changedRelease, int changedBatch, Instant now) {
        return new AppMember(name, instance, changedRelease, changedBatch, now, 0, leaving, null, null, avoid, null);
    }

    /** With its spec made from that release while it serves on: nothing of it stops. */
    public AppMember resized(int changedRelease, int changedBatch, Instant now) {
        return new AppMember(
                name, instance, changedRelease, changedBatch, now, weight, leaving, null, null, avoid, null);
    }

    /** Waiting for a host, or with its time counted anew as it has one. */
    public AppMember waiting(boolean changed, Instant now) {
        return new AppMember(
                name,
                instance,
                release,
                batch,
                changed ? since : now,
                weight,
                leaving,
                repairs,
                repaired,
                avoid,
                changed ? true : null);
    }

    public AppMember muted(boolean changed) {
        return new AppMember(
                name,
                instance,
                release,
                batch,
                since,
                changed ? Integer.valueOf(0) : null,
                leaving,
                repairs,
                repaired,
                avoid,
                waits);
    }

    public AppMember leaving(boolean changed) {
        return new AppMember(
                name,
                instance,
                release,
                batch,
                since,
                changed ? Integer.valueOf(0) : null,
                changed ? true : null,
                repairs,
                repaired,
                avoid,
                waits);
    }

    /** Repaired once more, away from that host when one is named. */
    public AppMember repaired(Instant now, @Nullable String from) {
        return new AppMember(
                name,
                instance,
                release,
                batch,
                since,
                weight,
                leaving,
                repairsOrNone() + 1,
                now,
                from == null ? avoid : from,
                waits);
    }

    /** Well for long: what was repaired is forgotten. */
    public AppMember well() {
        return new AppMember(name, instance, release, batch, since, weight, leaving, null, null, null, waits);
    }
}
