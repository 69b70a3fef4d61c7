package io.mosaic.controller.agents;

import io.grpc.Attributes;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.mosaic.controller.host.HostDecisions;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.HostIdentity;
import io.mosaic.kit.tls.Pem;
import io.mosaic.model.HostSpec;
import io.mosaic.model.Names;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.LinkMethods;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets hosts in by a one-time token, and renews the certificates of those that are in.
 *
 * <p>Thread-safe.
 */
final class JoinService {

    private static final Logger LOG = LoggerFactory.getLogger(JoinService.class);

    private final ClusterLog log;
    private final ClusterAuthority authority;
    private final InstantSource clock;

    JoinService(ClusterLog log, ClusterAuthority authority, InstantSource clock) {
        this.log = log;
        this.authority = authority;
        this.clock = clock;
    }

    /**
     * Answers one request.
     *
     * @throws StatusRuntimeException when it is refused; the description says why and holds no secret
     */
    LinkMethods.JoinAnswer join(LinkMethods.JoinRequest request, Attributes connection) throws InterruptedException {
        if (request.host() == null || request.token() == null || request.csr() == null) {
            throw Status.INVALID_ARGUMENT
                    .withDescription("host, token and csr are required")
                    .asRuntimeException();
        }
        try {
            UUID uid = request.token().isEmpty() ? renew(request, connection) : admit(request);
            return answer(request, uid);
        } catch (ProblemException e) {
            LOG.warn("host {} was not let in: {}", Names.valid(request.host()) ? request.host() : "?", e.getMessage());
            throw status(e).asRuntimeException();
        }
    }

    private UUID renew(LinkMethods.JoinRequest request, Attributes connection) {
        HostIdentity identity = Peer.require(connection, log.image());
        if (!identity.host().equals(request.host())) {
            throw Status.PERMISSION_DENIED
                    .withDescription("a host renews its own certificate only")
                    .asRuntimeException();
        }
        return identity.uid();
    }

    private UUID admit(LinkMethods.JoinRequest request) throws InterruptedException {
        Names.require("/host", request.host());
        JoinToken token = JoinToken.parse(request.token());
        // Checked before anything is signed, so that strangers cost next to nothing.
        if (token == null || !token.isIn(log.image())) {
            throw new ProblemException(Problem.Kind.UNAUTHENTICATED, "the join token is unknown, used or expired");
        }
        UUID uid = UUID.randomUUID();
        // A bad request must not use the token up.
        answer(request, uid);
        HostSpec unsaid = new HostSpec(HostSpec.DEFAULT_ZONE, HostSpec.DEFAULT_POOL, false, Map.of());
        log.commit(HostDecisions.join(request.host(), uid, unsaid, token.name(), clock.instant()));
        LOG.info("host {} joined with token {}", request.host(), token.name());
        return uid;
    }

    private LinkMethods.JoinAnswer answer(LinkMethods.JoinRequest request, UUID uid) {
        try {
            return new LinkMethods.JoinAnswer(
                    Pem.write(authority.signHost(request.host(), uid, request.csr())), authority.certificatePem());
        } catch (GeneralSecurityException e) {
            LOG.error("the certificate of host {} could not be signed", request.host(), e);
            throw new ProblemException(Problem.Kind.INTERNAL, "the certificate could not be signed");
        }
    }

    /** A problem, as gRPC says it. */
    static Status status(ProblemException e) {
        Status status = switch (e.problem().status()) {
            case 401 -> Status.UNAUTHENTICATED;
            case 403 -> Status.PERMISSION_DENIED;
            case 404 -> Status.NOT_FOUND;
            case 409 -> Status.ALREADY_EXISTS;
            case 503, 504 -> Status.UNAVAILABLE;
            case 500 -> Status.INTERNAL;
            default -> Status.INVALID_ARGUMENT;
        };
        return status.withDescription(e.getMessage());
    }
}
