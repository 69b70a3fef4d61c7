package io.mosaic.images.blob;

import java.io.IOException;

/** There is no room in the store. */
public final class StoreFullException extends IOException {
    private static final long serialVersionUID = 1L;

    public StoreFullException(String message) {
        super(message);
    }

    public StoreFullException(IOException cause) {
        super("the store is full", cause);
    }
}
