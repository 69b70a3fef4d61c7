package io.mosaic.images.blob;

import java.io.IOException;

/** The store cannot be asked at the moment: nothing is known of the content, and the call may be made again. */
public class StoreUnavailableException extends IOException {
    private static final long serialVersionUID = 1L;

    public StoreUnavailableException(String message) {
        super(message);
    }

    public StoreUnavailableException(String message, IOException cause) {
        super(message, cause);
    }
}
