package io.mosaic.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image's name as a set has it: what it is called, and which of it.
 *
 * @param path without tag and digest, such as {@code web}, {@code food/web} or {@code docker.io/library/nginx}
 * @param tag absent: none was given
 * @param digest {@code sha256:...}; with one the tag says nothing more; absent: none was given
 */
public record ImageName(
        String path, @Nullable String tag, @Nullable String digest) {

    /** Where names without a registry lead, and how the part of it is called that has no user. */
    private static final String HUB = "docker.io";

    private static final String LIBRARY = "library";

    /** Under this name a host's daemon keeps what came from the image repository. No registry is called so. */
    public static final String KEPT = "images.mosaic";

    /** Reads one that {@link Names#validImage} takes. */
    public static ImageName parse(String text) {
        int at = text.indexOf('@');
        String digest = at < 0 ? null : text.substring(at + 1);
        String named = at < 0 ? text : text.substring(0, at);
        int colon = named.lastIndexOf(':');
        // Else it is that of a registry's port.
        boolean tagged = colon > named.lastIndexOf('/');
        return new ImageName(
                tagged ? named.substring(0, colon) : named, tagged ? named.substring(colon + 1) : null, digest);
    }

    /** The digest, or the tag, {@code latest} when neither was given. */
    public String reference() {
        String which = digest == null ? tag : digest;
        return which == null ? "latest" : which;
    }

    /** The first part when there are several, else null: a tenant, a user of the hub, or a registry's host. */
    public @Nullable String first() {
        int slash = path.indexOf('/');
        return slash < 0 ? null : path.substring(0, slash);
    }

    /** Whether it begins with the host of a registry: a dot, a port or localhost is what tells, as Docker has it. */
    public boolean hasHost() {
        String first = first();
        return first != null && (first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost"));
    }

    /**
     * What it may mean in the image repository for a set of that tenant, the likeliest first: the tenant's own, then what is
     * mirrored of the registry that Docker would ask. Names with a port, names of {@link #KEPT} and ids of a daemon mean nothing there.
     */
    public List<String> repositories(String tenant) {
        String first = first();
        if (path.equals("sha256") && tag != null && tag.matches("[0-9a-f]{64}")) {
            return List.of();
        }
        if (first == null) {
            return List.of(tenant + "/" + path, HUB + "/" + LIBRARY + "/" + path);
        }
        if (first.equals(tenant)) {
            return List.of(path);
        }
        if (!hasHost()) {
            return List.of(HUB + "/" + path);
        }
        if (first.indexOf('.') < 0 || first.indexOf(':') >= 0 || first.equals(KEPT)) {
            return List.of();
        }
        return first.equals(HUB) && path.indexOf('/', HUB.length() + 1) < 0
                ? List.of(HUB + "/" + LIBRARY + path.substring(HUB.length()))
                : List.of(path);
    }

    /**
     * What a host's daemon calls it, if it has it: as the set does, or as what came from the image repository is called.
     *
     * @param image as a set of that tenant has it
     */
    public static List<String> onHost(String image, String tenant) {
        ImageName name = parse(image);
        List<String> names = new ArrayList<>(List.of(image));
        if (name.tag == null && name.digest == null) {
            names.add(name.path + ":" + name.reference());
        }
        name.repositories(tenant).forEach(repository -> names.add(kept(repository, name.reference())));
        return List.copyOf(names);
    }

    /**
     * What an image of a host is called in the image repository when nobody says otherwise: what a host keeps under a name of
     * {@link #KEPT} is called as it was there; another one by its own name, if that begins with no registry's host.
     *
     * @return null when its name says nothing, or there is none: an id
     */
    public static @Nullable ImageName pushedAs(String image) {
        ImageName name = parse(image);
        if (name.digest != null || (name.first() == null && image.matches("(sha256:)?[0-9a-f]{12,64}"))) {
            return null;
        }
        if (image.startsWith(KEPT + "/")) {
            ImageName kept = parse(image.substring(KEPT.length() + 1));
            return kept.first() == null || kept.hasHost() ? null : kept;
        }
        return name.hasHost() ? null : name;
    }

    /** The name by which a host's daemon has what was fetched from that repository by that tag or digest. */
    public static String kept(String repository, String reference) {
        return KEPT + "/" + repository + ":" + reference.replace(':', '-');
    }

    /** As people write it: {@code food/web:1} or {@code food/web@sha256:...}. */
    public static String inRepository(String repository, String reference) {
        return repository + (reference.indexOf(':') < 0 ? ":" : "@") + reference;
    }
}
