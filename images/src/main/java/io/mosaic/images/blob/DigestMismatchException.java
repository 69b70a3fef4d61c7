package io.mosaic.images.blob;

import java.io.IOException;

/** Content has another digest than was said. */
public final class DigestMismatchException extends IOException {
    private static final long serialVersionUID = 1L;

    public DigestMismatchException(Digest expected, Digest found) {
        super("the content is " + found + ", not " + expected);
    }
}
