package io.mosaic.controller.watch;

import io.mosaic.model.ResourceKey;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One watcher: its mailbox, filled by the log's thread, and what it was told, kept by the stream's own. */
final class Watcher {

    private final WatchFilter filter;
    private final Mailbox<WatchedChange> mailbox;
    /** Told as gone because it stopped to match, so that it is not told again with each change. */
    private final Set<ResourceKey> toldGone = new HashSet<>();

    Watcher(WatchFilter filter, int queueMax) {
        this.filter = filter;
        this.mailbox = new Mailbox<>(queueMax);
    }

    Mailbox<WatchedChange> mailbox() {
        return mailbox;
    }

    void offer(WatchedChange change) {
        if (filter.concerns(change.resource())) {
            mailbox.offer(change);
        }
    }

    /** How to tell it of that change: as a deletion or not, or null when it is not to be told. */
    @Nullable
    Boolean concerns(WatchedChange change) {
        if (!filter.concerns(change.resource())) {
            return null;
        }
        ResourceKey key = change.resource().key();
        boolean matches = filter.matches().test(change.resource());
        if (change.deleted()) {
            boolean toldBefore = toldGone.remove(key);
            return (toldBefore && !matches) ? null : Boolean.TRUE;
        }
        if (matches) {
            toldGone.remove(key);
            return Boolean.FALSE;
        }
        return toldGone.add(key) ? Boolean.TRUE : null;
    }
}
