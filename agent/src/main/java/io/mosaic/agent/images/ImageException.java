package io.mosaic.agent.images;

/** Why the host does not get an image, in words for the set's status. */
public final class ImageException extends Exception {
    private static final long serialVersionUID = 1L;

    public ImageException(String reason) {
        super(reason);
    }

    public ImageException(String reason, Throwable cause) {
        super(reason, cause);
    }
}
