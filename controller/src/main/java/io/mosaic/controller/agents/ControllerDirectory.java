package io.mosaic.controller.agents;

import io.mosaic.controller.store.Store;
import io.mosaic.controller.store.StoreException;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which controllers there are and which of them holds which host, as the database has it; announces this one.
 *
 * <p>Thread-safe.
 */
public final class ControllerDirectory implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ControllerDirectory.class);

    private static final Duration EVERY = Duration.ofSeconds(2);

    /** One that said nothing for so long has ended, or nobody can reach it. */
    private static final Duration FORGET = Duration.ofSeconds(30);

    private final Store store;
    private final Store.Member self;
    private final Thread thread;

    private ControllerDirectory(Store store, Store.Member self) {
        this.store = store;
        this.self = self;
        this.thread = Thread.ofVirtual().name("announce").unstarted(this::run);
    }

    /**
     * Announces this controller, now and from time to time.
     *
     * @param id names this life of it
     * @param address host:port of its link, as other controllers reach it
     */
    public static ControllerDirectory start(Store store, String id, String name, String address) {
        ControllerDirectory directory =
                new ControllerDirectory(store, new Store.Member(id, name, address, Duration.ZERO));
        directory.announce();
        directory.thread.start();
        return directory;
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(EVERY);
                announce();
            }
        } catch (InterruptedException e) {
            LOG.debug("announcements end");
        }
    }

    private void announce() {
        try {
            store.announce(self, FORGET);
        } catch (StoreException e) {
            LOG.debug("this controller could not be announced: {}", e.reason());
        } catch (RuntimeException e) {
            // Whatever it was: without announcements nobody finds the hosts that this controller holds.
            LOG.error("this controller could not be announced", e);
        }
    }

    boolean isSelf(Store.Member member) {
        return self.id().equals(member.id());
    }

    /**
     * The controller that holds the host, or null.
     *
     * @throws ProblemException of kind UNAVAILABLE when the database does not answer
     */
    Store.@Nullable Member holder(String host) {
        try {
            return store.holder(host);
        } catch (StoreException e) {
            throw new ProblemException(Problem.Kind.UNAVAILABLE, e.reason());
        }
    }

    /**
     * All controllers that said of late that they run.
     *
     * @throws ProblemException of kind UNAVAILABLE when the database does not answer
     */
    public List<Store.Member> members() {
        try {
            return store.members();
        } catch (StoreException e) {
            throw new ProblemException(Problem.Kind.UNAVAILABLE, e.reason());
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
