package io.mosaic.kit.tls;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts a server whose chain holds the CA with a known fingerprint: what a host uses to join, when all that it has of
 * the cluster is a join token. The chain must also verify against that CA as any other would.
 *
 * <p>Thread-safe.
 */
public final class PinnedTrust extends X509ExtendedTrustManager {

    /** 128 bits: nobody finds a second certificate to one that others made. */
    public static final int FINGERPRINT_DIGITS_MIN = 32;

    private final String fingerprint;

    /**
     * @param fingerprint the first 32 to 64 hex digits of the SHA-256 of the CA certificate's DER form, lower case
     * @throws IllegalArgumentException when it is shorter or no such text
     */
    public PinnedTrust(String fingerprint) {
        if (!fingerprint.matches("[0-9a-f]{" + FINGERPRINT_DIGITS_MIN + ",64}")) {
            throw new IllegalArgumentException("a CA fingerprint has 32 to 64 hex digits");
        }
        this.fingerprint = fingerprint;
    }

    /** The certificate of that chain with the pinned fingerprint, for instance to keep it. */
    public X509Certificate authorityIn(X509Certificate[] chain) throws CertificateException {
        try {
            for (X509Certificate certificate : chain) {
                String prefix = ClusterTrust.fingerprint(certificate).substring(0, fingerprint.length());
                if (certificate.getBasicConstraints() >= 0 && same(prefix, fingerprint)) {
                    return certificate;
                }
            }
        } catch (GeneralSecurityException e) {
            throw new CertificateException("the server's chain cannot be read", e);
        }
        throw new CertificateException(
                "the server does not belong to the cluster of the join token: no CA with fingerprint " + fingerprint);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        trust(chain).checkServerTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        trust(chain).checkServerTrusted(chain, authType, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        trust(chain).checkServerTrusted(chain, authType, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("pinned trust is for servers");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("pinned trust is for servers");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("pinned trust is for servers");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }

    private X509ExtendedTrustManager trust(X509Certificate[] chain) throws CertificateException {
        try {
            return ClusterTrust.in(authorityIn(chain));
        } catch (CertificateException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw new CertificateException("the pinned CA cannot be used", e);
        }
    }

    private static boolean same(String a, String b) {
        return MessageDigest.isEqual(a.getBytes(StandardCharsets.US_ASCII), b.getBytes(StandardCharsets.US_ASCII));
    }
}
