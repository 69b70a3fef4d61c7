package io.mosaic.kit.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Trust in one CA and in nothing else: not in those that the machine or the JDK comes with. */
public final class ClusterTrust {

    private ClusterTrust() {}

    /**
     * Accepts what that CA signed, within its time, for the side's own use (a host's certificate does not serve as a
     * server's), and under the name that the caller asked for.
     */
    public static X509ExtendedTrustManager in(X509Certificate authority) throws GeneralSecurityException {
        try {
            KeyStore anchors = KeyStore.getInstance("PKCS12");
            anchors.load(null, null);
            anchors.setCertificateEntry("authority", authority);
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(anchors);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager trust) {
                    return trust;
                }
            }
            throw new GeneralSecurityException(
                    "no X.509 trust manager among " + Arrays.toString(factory.getTrustManagers()));
        } catch (IOException e) {
            throw new GeneralSecurityException("an empty key store could not be made", e);
        }
    }

    /** SHA-256 of the certificate's DER form, 64 hex digits. */
    public static String fingerprint(X509Certificate certificate) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    }
}
