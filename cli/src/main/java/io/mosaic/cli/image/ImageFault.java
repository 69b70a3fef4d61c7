package io.mosaic.cli.image;

import java.io.IOException;

/** What was given is not what an image is made of, or not all of it. The message is for the user. */
public final class ImageFault extends IOException {
    private static final long serialVersionUID = 1L;

    public ImageFault(String message) {
        super(message);
    }

    public ImageFault(String message, @org.jspecify.annotations.Nullable Throwable cause) {
        super(message, cause);
    }
}
