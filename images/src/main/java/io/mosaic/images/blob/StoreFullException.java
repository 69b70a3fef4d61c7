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

    /** The same, where a file system says in its words that it is full. */
    public static IOException explained(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("No space left on device") || message.contains("Disk quota exceeded")
                ? new StoreFullException(e)
                : e;
    }
}
