package io.mosaic.agent.images;

import io.mosaic.model.link.LinkMethods;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A right that is asked for anew before it ends. Thread-safe. */
public final class GrantHolder {

    private static final Duration EARLY = Duration.ofMinutes(1);

    /** Asks for the next one. */
    private interface Asking {
        LinkMethods.GrantAnswer ask() throws IOException, ImageException, InterruptedException;
    }

    /** Null: whoever gave the first gives the next one too. */
    private final @Nullable Asking asking;

    private LinkMethods.GrantAnswer held;
    private long heldSince = System.nanoTime();

    private GrantHolder(@Nullable Asking asking, LinkMethods.GrantAnswer held) {
        this.asking = asking;
        this.held = held;
    }

    /** Asks for the first time. */
    static GrantHolder ask(Grants grants, UUID set, String image)
            throws IOException, ImageException, InterruptedException {
        return new GrantHolder(() -> grants.ask(set, image), grants.ask(set, image));
    }

    /** One that was given without being asked for; the next comes by {@link #renew}. */
    public static GrantHolder given(LinkMethods.GrantAnswer grant) {
        return new GrantHolder(null, grant);
    }

    /** From now on this one counts. */
    public synchronized void renew(LinkMethods.GrantAnswer grant) {
        held = grant;
        heldSince = System.nanoTime();
    }

    /**
     * One that is good for now.
     *
     * @throws IOException when it has ended and there is no other
     */
    synchronized LinkMethods.GrantAnswer current() throws IOException, ImageException, InterruptedException {
        Duration age = Duration.ofNanos(System.nanoTime() - heldSince);
        Duration life = Duration.ofSeconds(held.seconds());
        if (asking != null && age.compareTo(life.minus(EARLY)) > 0) {
            renew(asking.ask());
        } else if (asking == null && age.compareTo(life) > 0) {
            throw new IOException("the right to fetch has ended, and no controller gave it anew");
        }
        return held;
    }
}
