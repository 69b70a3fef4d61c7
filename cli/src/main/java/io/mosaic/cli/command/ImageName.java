package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import java.util.regex.Pattern;

/** A repository and a tag or digest of it. */
record ImageName(String repository, String reference) {
    private static final Pattern REPOSITORY = Pattern.compile(
            "[a-z0-9]++(?:(?:\\.|__?|-++)[a-z0-9]++)*+(?:/[a-z0-9]++(?:(?:\\.|__?|-++)[a-z0-9]++)*+)*+");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

    static ImageName of(String text) {
        int at = text.indexOf('@');
        int slash = text.lastIndexOf('/');
        int colon = text.lastIndexOf(':');
        if (at > 0) {
            return new ImageName(text.substring(0, at), text.substring(at + 1));
        }
        if (slash < 0) {
            throw new CliException(ExitCode.USAGE, "an image is TENANT/NAME:TAG or TENANT/NAME@DIGEST: " + text);
        }
        return colon > slash
                ? new ImageName(text.substring(0, colon), text.substring(colon + 1))
                : new ImageName(text, "latest");
    }

    /** One to read: a name alone is one of the caller's own tenant. */
    static ImageName of(Session session, String text) {
        ImageName name = of(text.indexOf('/') < 0 ? session.tenant() + "/" + text : text);
        if (!REPOSITORY.matcher(name.repository).matches()) {
            throw new CliException(
                    ExitCode.USAGE,
                    "an image is TENANT/NAME:TAG, without the address of its repository (MOS_IMAGES names that): "
                            + text);
        }
        return name;
    }

    /** One to write, by a tag. */
    static ImageName tagged(Session session, String text) {
        ImageName name = of(session, text);
        if (!TAG.matcher(name.reference).matches()) {
            throw new CliException(ExitCode.USAGE, "not a tag that an image can be given: " + name.reference);
        }
        return name;
    }

    @Override
    public String toString() {
        return repository + (reference.indexOf(':') > 0 ? "@" : ":") + reference;
    }
}
