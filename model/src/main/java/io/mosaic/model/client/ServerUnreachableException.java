package io.mosaic.model.client;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/** No answer came from the server: it cannot be reached, its certificate is not trusted, or the connection broke. */
public final class ServerUnreachableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean sent;

    /** @param sent whether the request may have reached the server, so that it may have been carried out */
    ServerUnreachableException(URI server, boolean sent, Throwable cause) {
        super(server + ": " + reason(cause) + (sent ? " (the request may have been carried out)" : ""), cause);
        this.sent = sent;
    }

    /** Whether the request may have been carried out. */
    public boolean mayHaveBeenSent() {
        return sent;
    }

    private static String reason(Throwable cause) {
        for (@Nullable Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof java.nio.channels.UnresolvedAddressException
                    || at instanceof java.net.UnknownHostException) {
                return "the host name is not known";
            }
            if (at instanceof javax.net.ssl.SSLException) {
                return "TLS: " + at.getMessage();
            }
            if (at instanceof java.net.http.HttpTimeoutException) {
                return "no answer in time";
            }
            if (at instanceof java.net.ConnectException && at.getCause() == null) {
                return at.getMessage() == null ? "connection refused" : at.getMessage();
            }
        }
        return cause instanceof java.net.ConnectException
                ? "connection refused"
                : cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
}
