package io.mosaic.images.blob.s3;

import io.mosaic.images.blob.StoreUnavailableException;

/** The endpoint refused a call, and says why. */
final class S3Exception extends StoreUnavailableException {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final String code;

    /**
     * @param call method and path
     * @param code of the protocol, such as {@code NoSuchKey}; empty when the answer had none
     */
    S3Exception(String call, int status, String code, String message) {
        super(call + ": " + status + (code.isEmpty() ? "" : " " + code) + (message.isEmpty() ? "" : ": " + message));
        this.status = status;
        this.code = code;
    }

    boolean is(int wanted) {
        return status == wanted;
    }

    boolean is(String wanted) {
        return code.equals(wanted);
    }

    /** Whether the endpoint may do it if it is asked once more. */
    boolean passing() {
        return status == 429
                || status == 500
                || status == 502
                || status == 503
                || status == 504
                || code.equals("RequestTimeout")
                || code.equals("SlowDown")
                || code.equals("InternalError")
                || code.equals("OperationAborted");
    }

    /** Whether it has no room for more. */
    boolean full() {
        return status == 507 || code.contains("Quota") || code.contains("StorageFull") || code.equals("EntityTooLarge");
    }
}
