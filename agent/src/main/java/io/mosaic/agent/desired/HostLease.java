package io.mosaic.agent.desired;

import io.mosaic.model.AppRoles;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * For how long this host may be without a word of the controllers before they may take it for gone. Counted from when it
 * <em>sent</em> the last message that was answered: whoever heard that message heard it later. Its age says how old the
 * newest such message is; what is primary here is so only while that is below the fence of its app, less the time that
 * the demotion takes.
 *
 * <p>An answer that comes late renews nothing: by then another host may have been given what this one was to be, and the
 * controller that answers may not know it yet. Then only a hello helps, that was answered with the desired state as it was
 * after the hello had been committed.
 *
 * <p>Thread-safe.
 */
public final class HostLease {

    /**
     * Beyond this age only a hello renews it. No app's demotion begins earlier: a fence is longer than the command by
     * {@link AppRoles#FENCE_BEYOND_COMMAND}, and {@link AppRoles#ENDING} of that are for ending what is left.
     */
    static final Duration CONTINUES = AppRoles.FENCE_BEYOND_COMMAND.duration().minus(AppRoles.ENDING.duration());

    private final LongSupplier nanos;
    private final Kept kept;
    private @Nullable Long since;

    /** Keeps it over a restart of the agent. */
    public interface Kept {

        /** Nothing is kept. */
        Kept NOTHING = new Kept() {
            @Override
            public OptionalLong read() {
                return OptionalLong.empty();
            }

            @Override
            public void write(long since) {}
        };

        /** What was written last, if the clock that it is of still runs. */
        OptionalLong read();

        /** May be lost: then the lease counts as run out after a restart. */
        void write(long since);
    }

    /** @param nanos a clock that never jumps, counts while the machine sleeps, and goes on over a restart of the agent */
    public HostLease(LongSupplier nanos, Kept kept) {
        this.nanos = nanos;
        this.kept = kept;
        OptionalLong before = kept.read();
        this.since = before.isPresent() && before.getAsLong() <= nanos.getAsLong() ? before.getAsLong() : null;
    }

    /** Now, by the clock that it goes by. */
    public long moment() {
        return nanos.getAsLong();
    }

    /** The desired state that answers a hello is taken over; the hello was sent at that moment. */
    public synchronized void granted(long sent) {
        renew(sent);
    }

    /**
     * A later message of that session, sent at that moment, was answered.
     *
     * @return false when that came too late
     */
    public synchronized boolean continued(long sent) {
        Duration age = age();
        if (age == null || age.compareTo(CONTINUES) >= 0) {
            return false;
        }
        renew(sent);
        return true;
    }

    private void renew(long sent) {
        if (since == null || sent > since) {
            since = sent;
            kept.write(sent);
        }
    }

    /** How old the newest answered message is; null when none ever was. */
    public synchronized @Nullable Duration age() {
        return since == null ? null : Duration.ofNanos(nanos.getAsLong() - since);
    }
}
