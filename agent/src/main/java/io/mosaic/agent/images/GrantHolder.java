package io.mosaic.agent.images;

import io.mosaic.model.link.LinkMethods;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;

/** A right that is asked for anew before it ends. Thread-safe. */
public final class GrantHolder {

    private static final Duration EARLY = Duration.ofMinutes(1);

    private final Grants grants;
    private final UUID set;
    private final String image;
    private LinkMethods.GrantAnswer held;
    private long askedAt;

    private GrantHolder(Grants grants, UUID set, String image, LinkMethods.GrantAnswer held) {
        this.grants = grants;
        this.set = set;
        this.image = image;
        this.held = held;
        this.askedAt = System.nanoTime();
    }

    /** Asks for the first time. */
    static GrantHolder ask(Grants grants, UUID set, String image)
            throws IOException, ImageException, InterruptedException {
        return new GrantHolder(grants, set, image, grants.ask(set, image));
    }

    /** One that is good for now. */
    synchronized LinkMethods.GrantAnswer current() throws IOException, ImageException, InterruptedException {
        Duration age = Duration.ofNanos(System.nanoTime() - askedAt);
        if (age.compareTo(Duration.ofSeconds(held.seconds()).minus(EARLY)) > 0) {
            held = grants.ask(set, image);
            askedAt = System.nanoTime();
        }
        return held;
    }
}
