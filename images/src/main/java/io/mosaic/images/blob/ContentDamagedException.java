package io.mosaic.images.blob;

import java.io.IOException;

/** What the store gave is not what has that digest; it was not handed on to its end. */
public final class ContentDamagedException extends IOException {
    private static final long serialVersionUID = 1L;

    public ContentDamagedException(Digest expected, Digest found) {
        super("the content of " + expected + " is " + found);
    }
}
