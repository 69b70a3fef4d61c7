package io.mosaic.controller.agents;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.Status;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.HostIdentity;
import io.mosaic.model.HostResource;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Who is at the other end of a connection. TLS has already checked that our CA signed the certificate, and its time. */
final class Peer {

    private Peer() {}

    /**
     * The host that calls, by its certificate and as the image knows it.
     *
     * @throws io.grpc.StatusRuntimeException UNAUTHENTICATED without a host's certificate, PERMISSION_DENIED when that host
     *     has been removed, or its name has been joined anew
     */
    static HostIdentity require(Attributes connection, ClusterImage image) {
        HostIdentity identity = identity(connection);
        if (identity == null) {
            throw Status.UNAUTHENTICATED
                    .withDescription("a host's certificate is needed")
                    .asRuntimeException();
        }
        if (!known(identity, image)) {
            throw Status.PERMISSION_DENIED
                    .withDescription("host " + identity.host()
                            + " with this certificate is not in the cluster: it was removed, or joined anew")
                    .asRuntimeException();
        }
        return identity;
    }

    /** Whether that very host is in the cluster. */
    static boolean known(HostIdentity identity, ClusterImage image) {
        HostResource host = image.host(identity.host());
        return host != null && host.uid().equals(identity.uid());
    }

    /** @throws io.grpc.StatusRuntimeException PERMISSION_DENIED when the caller is no controller of this cluster */
    static void requireController(Attributes connection) {
        X509Certificate certificate = certificate(connection);
        if (certificate == null || !ClusterAuthority.isController(certificate)) {
            throw Status.PERMISSION_DENIED
                    .withDescription("a controller's certificate is needed")
                    .asRuntimeException();
        }
    }

    private static @Nullable HostIdentity identity(Attributes connection) {
        X509Certificate certificate = certificate(connection);
        try {
            return certificate == null ? null : HostIdentity.of(certificate);
        } catch (CertificateException e) {
            // One of ours that is no host's: the caller says what that means.
            return null;
        }
    }

    private static @Nullable X509Certificate certificate(Attributes connection) {
        SSLSession session = connection.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        if (session == null) {
            return null;
        }
        try {
            Certificate[] chain = session.getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate certificate ? certificate : null;
        } catch (SSLPeerUnverifiedException e) {
            // It showed none: the caller says what that means.
            return null;
        }
    }
}
