package io.mosaic.kit.tls;

import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;

/**
 * The right to use the image repository for a while, which a controller gives to a host for a tenant's set. A controller signs it with
 * the key of its own certificate, which goes with it: who has the cluster's CA can check it, and no secret is shared.
 *
 * @param host that it was given to
 * @param tenant for whose sets
 * @param user who asked for it; of a host's own doing {@code host HOST}
 * @param scopes what it is for, in the words of registry clients: {@code repository:food/web:pull}
 * @param expires seconds since 1970
 */
public record HostGrant(String host, String tenant, String user, List<String> scopes, long expires) {

    private static final String PREFIX = "mosgrant_";

    /** So that nothing else that a controller's key may come to sign is taken for one. */
    private static final String PURPOSE = "mosaic host grant 1\n";

    /** A certificate, a signature and a few names are some 2,000. */
    private static final int CHARS_MAX = 8192;

    private static final Base64.Encoder TEXT = Base64.getUrlEncoder().withoutPadding();

    public HostGrant {
        scopes = List.copyOf(scopes);
    }

    /** Whether that text is one at all, good or not. */
    public static boolean isOne(String text) {
        return text.startsWith(PREFIX);
    }

    /**
     * The text to show as a bearer's token: a secret.
     *
     * @param controller made by {@link ClusterAuthority#issueController}
     */
    public String sealed(Credentials controller) throws GeneralSecurityException {
        String payload = TEXT.encodeToString(Json.bytes(this));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(controller.key());
        signature.update((PURPOSE + payload).getBytes(StandardCharsets.US_ASCII));
        return PREFIX + payload + "."
                + TEXT.encodeToString(controller.certificate().getEncoded()) + "."
                + TEXT.encodeToString(signature.sign());
    }

    /**
     * Reads and checks one.
     *
     * @param authority the cluster's CA
     * @throws GeneralSecurityException when no controller of that cluster made it, or its time is over
     */
    public static HostGrant open(String text, X509Certificate authority, Instant now) throws GeneralSecurityException {
        String[] parts = text.length() > CHARS_MAX || !isOne(text)
                ? new String[0]
                : text.substring(PREFIX.length()).split("\\.", 4);
        if (parts.length != 3) {
            throw new GeneralSecurityException("not a grant");
        }
        try {
            X509Certificate signer = certificate(Base64.getUrlDecoder().decode(parts[1]));
            signer.verify(authority.getPublicKey());
            signer.checkValidity(Date.from(now));
            if (!ClusterAuthority.isController(signer)) {
                throw new GeneralSecurityException("not signed by a controller");
            }
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initVerify(signer.getPublicKey());
            signature.update((PURPOSE + parts[0]).getBytes(StandardCharsets.US_ASCII));
            if (!signature.verify(Base64.getUrlDecoder().decode(parts[2]))) {
                throw new GeneralSecurityException("the signature is wrong");
            }
            HostGrant grant = Json.read(Base64.getUrlDecoder().decode(parts[0]), HostGrant.class);
            if (now.getEpochSecond() >= grant.expires()) {
                throw new GeneralSecurityException("the grant has expired");
            }
            return grant;
        } catch (IllegalArgumentException | ProblemException e) {
            throw new GeneralSecurityException("not a grant", e);
        }
    }

    private static X509Certificate certificate(byte[] der) throws GeneralSecurityException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    }

    /** Names the host only: a log line says what it was for, if need be. */
    @Override
    public String toString() {
        return "HostGrant[" + host + " " + scopes + "]";
    }
}
