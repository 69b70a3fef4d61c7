package io.mosaic.model.link;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

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

    /** Unary: {@link GrantRequest} to {@link GrantAnswer}. */
    public static final String GRANT = "Grant";

    /** Unary: {@link io.mosaic.model.share.ShareReport} to {@link io.mosaic.model.share.ShareAnswer}. */
    public static final String SHARE = "Share";

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

    /**
     * Asks for the right to fetch an image that a set on this host names.
     *
     * @param image as the set's spec has it
     */
    public record GrantRequest(UUID set, String image) {}

    /**
     * Answers {@link GrantRequest}. Without a URL the cluster has no image repository.
     *
     * @param repositories what the name may mean there, the likeliest first; empty: nothing
     * @param reference tag or digest
     * @param token shown to the repository as a bearer's
     * @param seconds for which it is good
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record GrantAnswer(
            @Nullable String url,
            List<String> repositories,
            @Nullable String reference,
            @Nullable String token,
            long seconds) {

        public GrantAnswer {
            repositories = repositories == null ? List.of() : List.copyOf(repositories);
        }

        /** Of a cluster without a repository. */
        public static GrantAnswer none() {
            return new GrantAnswer(null, List.of(), null, null, 0);
        }
    }
}
