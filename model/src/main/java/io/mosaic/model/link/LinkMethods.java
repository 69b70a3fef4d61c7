package io.mosaic.model.link;

/**
 * The calls of the host link's gRPC service. {@code Join} is the one call that needs no client certificate; {@code
 * Forward} is between controllers.
 */
public final class LinkMethods {
    public static final String SERVICE = "mosaic.Link";

    /** Unary: {@link JoinRequest} to {@link JoinAnswer}. */
    public static final String JOIN = "Join";

    /** Bidirectional: {@link AgentMessage} up, {@link ControllerMessage} down. */
    public static final String SESSION = "Session";

    /** Bidirectional: {@link Frame} both ways; opened by the agent when a controller asked with Open. */
    public static final String STREAM = "Stream";

    /** Bidirectional: {@link Frame} both ways; one controller opens it at another, for a host whose session is there. */
    public static final String FORWARD = "Forward";

    /** Largest message: a whole desired state of some thousand sets. */
    public static final int MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

    private LinkMethods() {}

    /**
     * Asks to join the cluster, or to renew a certificate (over mTLS, with an empty token).
     *
     * @param host name that the host wants, {@link io.mosaic.model.Names#RULE}
     * @param token one-time join token
     * @param csr PKCS#10 request, PEM
     */
    public record JoinRequest(String host, String token, String csr) {}

    /**
     * Answers {@link JoinRequest}.
     *
     * @param certificate the host's certificate and chain, PEM; its subject CN is the host's name
     * @param authority the cluster CA's certificate, PEM
     */
    public record JoinAnswer(String certificate, String authority) {}
}
