package io.mosaic.images.manifest;

/** A document is no manifest. The message is fit for a user. */
public final class ManifestException extends Exception {
    private static final long serialVersionUID = 1L;
    private final String reason;

    public ManifestException(String reason) {
        super(reason);
        this.reason = reason;
    }

    /** The message. */
    public String reason() {
        return reason;
    }
}
