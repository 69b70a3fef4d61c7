package io.mosaic.agent.docker;

import io.mosaic.agent.docker.DockerException.Kind;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A version of Docker's API, such as 1.41. */
record ApiVersion(int major, int minor) implements Comparable<ApiVersion> {

    /** Docker 20.10, the oldest that is tested (Debian 12). */
    static final ApiVersion OLDEST = new ApiVersion(1, 41);

    /** Docker 29: the newest whose changes were read. A newer daemon still speaks it. */
    static final ApiVersion NEWEST = new ApiVersion(1, 52);

    private static final Pattern TEXT = Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4})");

    /**
     * The newest version that both sides speak.
     *
     * @param daemonNewest as the daemon says it
     * @param daemonOldest as the daemon says it; empty when it does not
     * @throws DockerException of kind REFUSED when there is none
     */
    static ApiVersion negotiate(String daemonNewest, String daemonOldest) throws DockerException {
        ApiVersion newest = parse(daemonNewest);
        if (newest.compareTo(OLDEST) < 0) {
            throw new DockerException(
                    Kind.REFUSED,
                    "the Docker daemon speaks API " + newest + "; Mosaic needs " + OLDEST + " (Docker 20.10) or newer");
        }
        ApiVersion common = newest.compareTo(NEWEST) < 0 ? newest : NEWEST;
        if (!daemonOldest.isEmpty() && common.compareTo(parse(daemonOldest)) < 0) {
            throw new DockerException(
                    Kind.REFUSED,
                    "the Docker daemon speaks no API older than " + daemonOldest
                            + "; this Mosaic knows none newer than " + NEWEST);
        }
        return common;
    }

    private static ApiVersion parse(String text) throws DockerException {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new DockerException(Kind.REFUSED, "the Docker daemon names no API version");
        }
        return new ApiVersion(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    @Override
    public int compareTo(ApiVersion other) {
        return major == other.major ? Integer.compare(minor, other.minor) : Integer.compare(major, other.major);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
