package io.mosaic.controller.agents;

import io.grpc.Status;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import io.mosaic.model.SetResource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that this controller holds, one per host, and which of them a change concerns.
 *
 * <p>Thread-safe.
 */
final class SessionRegistry implements ClusterLog.Listener {

    private final Map<String, HostSession> sessions = new ConcurrentHashMap<>();
    /** Which host each set was on last, so that the one that lost it hears of it. Only hosts that are held here. */
    private final Map<UUID, String> hostOf = new ConcurrentHashMap<>();

    private final ClusterLog log;
    private volatile ClusterImage heard = ClusterImage.EMPTY;

    SessionRegistry(ClusterLog log) {
        this.log = log;
    }

    /** The newest image that anybody here has seen. */
    ClusterImage image() {
        ClusterImage image = log.image();
        ClusterImage fromChanges = heard;
        return fromChanges.revision() > image.revision() ? fromChanges : image;
    }

    @Nullable
    HostSession of(String host) {
        return sessions.get(host);
    }

    boolean current(HostSession session) {
        return sessions.get(session.host()) == session;
    }

    int size() {
        return sessions.size();
    }

    /** Takes the session in; one that the host had before ends. */
    void add(HostSession session) {
        HostSession before = sessions.put(session.host(), session);
        for (SetResource set : image().setsOn(session.host())) {
            hostOf.put(set.uid(), session.host());
        }
        if (before != null && before != session) {
            before.end(Status.ABORTED.withDescription("a newer session of this host took over"));
        }
        if (session.ended()) {
            // It broke off before it was taken in, and nobody would take it out again.
            remove(session);
        }
    }

    void remove(HostSession session) {
        if (sessions.remove(session.host(), session)) {
            // Not by a walk over all sets: thousands of sessions may end together. An entry that a change under way
            // adds
            // behind our back names a host without a session, which nobody is told of.
            for (SetResource set : image().setsOn(session.host())) {
                hostOf.remove(set.uid(), session.host());
            }
        }
    }

    /** Other controllers hold these hosts by now: their sessions here are over, whatever the connection says. */
    void lost(Set<String> hosts) {
        for (String host : hosts) {
            HostSession session = sessions.get(host);
            if (session != null) {
                session.end(Status.ABORTED.withDescription("another controller holds this host now"));
                remove(session);
            }
        }
    }

    void forEach(Consumer<HostSession> action) {
        sessions.values().forEach(action);
    }

    @Override
    public void changed(List<Change> changes, ClusterImage image) {
        heard = image;
        for (Change change : changes) {
            switch (change) {
                case Change.Put(SetResource set, String newer) ->
                    set(set.uid(), set.status().host());
                case Change.Delete(SetResource set, long revision) -> set(set.uid(), null);
                // As it is after all of these changes: a host given up and back again in one group is back.
                case Change.Put(HostResource host, String newer) ->
                    host(Objects.requireNonNullElse(image.host(host.name()), host));
                case Change.Delete(HostResource host, long revision) -> removed(host.name());
                default -> {}
            }
        }
    }

    private void set(UUID uid, @Nullable String host) {
        HostSession session = host == null ? null : sessions.get(host);
        String before = session == null ? hostOf.remove(uid) : hostOf.put(uid, session.host());
        if (session != null) {
            session.touch(uid);
        }
        HostSession loser = before == null || before.equals(host) ? null : sessions.get(before);
        if (loser != null) {
            loser.touch(uid);
        }
    }

    private void host(HostResource host) {
        HostSession session = sessions.get(host.name());
        if (session == null) {
            return;
        }
        HostState state = host.status().state();
        if (!host.uid().equals(session.identity().uid())) {
            removed(host.name());
        } else if (state == HostState.UNREACHABLE || state == HostState.DOWN) {
            // It was given up, yet it is here: its next hello tells all that was missed.
            session.end(Status.UNAVAILABLE.withDescription("the host was given up as silent; say hello again"));
        }
    }

    private void removed(String host) {
        HostSession session = sessions.get(host);
        if (session != null) {
            session.end(Status.PERMISSION_DENIED.withDescription("host " + host + " was removed from the cluster"));
        }
    }
}
