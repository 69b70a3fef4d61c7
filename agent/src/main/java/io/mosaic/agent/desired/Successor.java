package io.mosaic.agent.desired;

/**
 * The container that is made to take another's place. Until it has, it stands beside the other under a key of its own and
 * a name of its own in Docker; then it is renamed, and is the container of that name. Both carry the same label, so the name
 * in Docker tells which is which.
 */
final class Successor {
    /** No container's name in a spec may hold it. */
    private static final String MARK = "~";

    /** A container's own name in Docker ends with its set's id. */
    private static final String DOCKER_SUFFIX = "-next";

    private Successor() {}

    /** The key under which the successor of that container is known. */
    static String of(String name) {
        return name + MARK;
    }

    static boolean is(String key) {
        return key.endsWith(MARK);
    }

    /** The name of the container whose place it takes; a key that is no successor's is its own. */
    static String original(String key) {
        return is(key) ? key.substring(0, key.length() - MARK.length()) : key;
    }

    /** The name in Docker of the successor of the container that is called so there. */
    static String dockerName(String original) {
        return original + DOCKER_SUFFIX;
    }

    /** The key of the container with that label and that name in Docker. */
    static String key(String label, String dockerName) {
        return dockerName.endsWith(DOCKER_SUFFIX) ? of(label) : label;
    }
}
