package io.mosaic.agent.docker;

/**
 * An image's name as the daemon's create call takes it: split into what it is called and which of it.
 *
 * @param tagOrDigest a tag, {@code latest} when none was given, or {@code sha256:...}
 */
record ImageReference(String repository, String tagOrDigest) {

    static ImageReference parse(String reference) {
        int at = reference.indexOf('@');
        if (at >= 0) {
            String named = reference.substring(0, at);
            int colon = tagColon(named);
            // With a digest the tag says nothing more.
            return new ImageReference(colon < 0 ? named : named.substring(0, colon), reference.substring(at + 1));
        }
        int colon = tagColon(reference);
        return colon < 0
                ? new ImageReference(reference, "latest")
                : new ImageReference(reference.substring(0, colon), reference.substring(colon + 1));
    }

    /** The colon of a tag, not that of a registry's port. */
    private static int tagColon(String name) {
        int colon = name.lastIndexOf(':');
        return colon > name.lastIndexOf('/') ? colon : -1;
    }
}
