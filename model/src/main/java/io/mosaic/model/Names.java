package io.mosaic.model;

import java.util.regex.Pattern;

/** The one strict pattern that names follow, so that a name is safe in a path, a label, a host name and a log line. */
public final class Names {

    /** RFC 1123 label: what DNS takes as a host name part. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    public static final String RULE = "must be 1 to 63 of a-z, 0-9 and -, and begin and end with a letter or a digit";

    private static final Pattern LABEL_KEY = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._/-]{0,125}[A-Za-z0-9])?");
    private static final Pattern LABEL_VALUE = Pattern.compile("[A-Za-z0-9._:/@+-]{0,128}");

    /** Any tag, digest, registry and port that a Docker image reference may have, and nothing a shell would read. */
    private static final Pattern IMAGE =
            Pattern.compile("[a-z0-9]+(?:[._/:-]{1,2}[A-Za-z0-9]+)*(?::[\\w][\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?");

    private static final int IMAGE_CHARS_MAX = 255;

    /** A host's name of two parts at least. */
    private static final Pattern REGISTRY =
            Pattern.compile("[a-z0-9]++(?:-++[a-z0-9]++)*+(?:\\.[a-z0-9]++(?:-++[a-z0-9]++)*+)++");

    private static final int REGISTRY_CHARS_MAX = 200;

    private Names() {}

    /** Whether images of another registry, which is mirrored, may be listed and counted under that name: a host's, with a dot. */
    public static boolean validRegistry(String host) {
        return host.length() <= REGISTRY_CHARS_MAX && REGISTRY.matcher(host).matches();
    }

    public static boolean valid(String name) {
        return name.length() <= 63 && NAME.matcher(name).matches();
    }

    public static boolean validLabelKey(String key) {
        return key.length() <= 127 && LABEL_KEY.matcher(key).matches();
    }

    public static boolean validLabelValue(String value) {
        return value.length() <= 128 && LABEL_VALUE.matcher(value).matches();
    }

    public static boolean validImage(String image) {
        return image.length() <= IMAGE_CHARS_MAX && IMAGE.matcher(image).matches();
    }

    /**
     * Returns the name, checked.
     *
     * @throws ProblemException when it breaks {@link #RULE}
     */
    public static String require(String pointer, String name) {
        if (!valid(name)) {
            throw ProblemException.field(pointer, RULE, name);
        }
        return name;
    }
}
