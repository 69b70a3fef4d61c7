package io.mosaic.images.manifest;

import io.mosaic.model.Names;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of a repository: the tenant that owns it, and its own name within it, such as {@code food/web/front}. One whose first
 * part is the name of a host, with a dot, such as {@code docker.io/library/nginx}, is of another registry that is mirrored: no
 * tenant's name has a dot.
 *
 * @param text whole, with the tenant
 */
public record RepositoryName(String text) implements Comparable<RepositoryName> {

    /** Of the name with its tenant, characters; what Docker and the distribution specification take with a host's name. */
    private static final int CHARS_MAX = 200;

    /** As the distribution specification has it, with two parts at least. Possessive: no input makes it try twice. */
    private static final Pattern NAME = Pattern.compile(
            "[a-z0-9]++(?:(?:\\.|__?|-++)[a-z0-9]++)*+(?:/[a-z0-9]++(?:(?:\\.|__?|-++)[a-z0-9]++)*+)++");

    public static final String RULE =
            "must be TENANT/NAME: parts of a-z and 0-9, with . _ __ or - between them, and slashes; at most 200 characters";

    /** Reads one; null when it breaks {@link #RULE}. */
    public static @Nullable RepositoryName parse(String text) {
        if (text.length() > CHARS_MAX || !NAME.matcher(text).matches()) {
            return null;
        }
        String first = tenant(text);
        return Names.valid(first) || validPrefix(first) ? new RepositoryName(text) : null;
    }

    /** Whether repositories of a mirrored registry may have that as their first part. */
    public static boolean validPrefix(String text) {
        return Names.validRegistry(text);
    }

    private static String tenant(String text) {
        return text.substring(0, text.indexOf('/'));
    }

    /** Where a tenant's images of the Glance API are held: a repository that no name that is parsed can mean. */
    public static RepositoryName ofGlance(String tenant) {
        return new RepositoryName(tenant + "/_glance");
    }

    /** The first part: a tenant, or the host that is mirrored. */
    public String tenant() {
        return tenant(text);
    }

    /** What is behind the first part. */
    public String rest() {
        return text.substring(text.indexOf('/') + 1);
    }

    /** Whether it is of another registry that is mirrored, and of no tenant. */
    public boolean mirrored() {
        return tenant(text).indexOf('.') >= 0;
    }

    @Override
    public int compareTo(RepositoryName other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}
