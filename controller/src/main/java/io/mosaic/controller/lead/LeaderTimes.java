package io.mosaic.controller.lead;

import java.time.Duration;

/**
 * How often the leader does what.
 *
 * @param term for how long the lease is taken
 * @param renew how often it is renewed; several times per term, so that one lost renewal is no loss
 * @param retry how often a controller that does not lead tries to
 * @param liveness how often silent hosts are looked for
 * @param explain how often the reason of a set that goes on waiting is written anew
 */
public record LeaderTimes(Duration term, Duration renew, Duration retry, Duration liveness, Duration explain) {

    public static final LeaderTimes STANDARD = new LeaderTimes(
            Duration.ofSeconds(5),
            Duration.ofSeconds(1),
            Duration.ofMillis(500),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5));
}
