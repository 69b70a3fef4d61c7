package io.mosaic.agent.health;

/**
 * What one check saw.
 *
 * @param words a few, such as {@code HTTP 503}, {@code connection refused}, {@code no answer in 2s}
 */
public record ProbeResult(boolean healthy, String words) {

    static ProbeResult healthy(String words) {
        return new ProbeResult(true, words);
    }

    static ProbeResult unhealthy(String words) {
        return new ProbeResult(false, words);
    }
}
