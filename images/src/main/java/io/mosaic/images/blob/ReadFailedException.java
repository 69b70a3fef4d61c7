package io.mosaic.images.blob;

import java.io.IOException;

/** Who sends content did not send it to its end: no fault of the store. */
public final class ReadFailedException extends IOException {
    private static final long serialVersionUID = 1L;

    public ReadFailedException(IOException cause) {
        super("the content did not come whole", cause);
    }
}
