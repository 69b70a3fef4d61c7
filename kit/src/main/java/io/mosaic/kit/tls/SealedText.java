package io.mosaic.kit.tls;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.function.Predicate;

/**
 * Texts that one process of the cluster signs and others check who have nothing but the cluster's CA: content, the signer's
 * certificate, signature. One object is one kind of them. Immutable.
 *
 * @param prefix by which the kind is known, such as {@code mosticket_}
 * @param purpose goes into the signature, so that none of another kind is taken for one of this
 */
record SealedText(String prefix, String purpose) {

    /** A certificate, a signature and a few names are some 2,000. */
    static final int CHARS_MAX = 8192;

    private static final String ALGORITHM = "SHA256withECDSA";
    private static final Base64.Encoder TEXT = Base64.getUrlEncoder().withoutPadding();

    /** Signs it; what comes out may stand in a header. */
    String seal(byte[] content, Credentials signer) throws GeneralSecurityException {
        String payload = TEXT.encodeToString(content);
        Signature signature = Signature.getInstance(ALGORITHM);
        signature.initSign(signer.key());
        signature.update(signed(payload));
        return prefix + payload + "." + TEXT.encodeToString(signer.certificate().getEncoded()) + "."
                + TEXT.encodeToString(signature.sign());
    }

    /**
     * The content of one.
     *
     * @param authority the cluster's CA
     * @param signers whose certificates may sign this kind
     * @throws GeneralSecurityException when it is none of this kind, or nobody of that cluster who may has signed it
     */
    byte[] open(String text, X509Certificate authority, Predicate<X509Certificate> signers, Instant now)
            throws GeneralSecurityException {
        if (text.length() > CHARS_MAX || !text.startsWith(prefix)) {
            throw new GeneralSecurityException("not of this kind");
        }
        String[] parts = text.substring(prefix.length()).split("\\.", 4);
        if (parts.length != 3) {
            throw new GeneralSecurityException("not of this kind");
        }
        try {
            X509Certificate signer = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(
                            new ByteArrayInputStream(Base64.getUrlDecoder().decode(parts[1])));
            signer.verify(authority.getPublicKey());
            signer.checkValidity(Date.from(now));
            if (!signers.test(signer)) {
                throw new GeneralSecurityException("signed by one who may not");
            }
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initVerify(signer.getPublicKey());
            signature.update(signed(parts[0]));
            if (!signature.verify(Base64.getUrlDecoder().decode(parts[2]))) {
                throw new GeneralSecurityException("the signature is wrong");
            }
            return Base64.getUrlDecoder().decode(parts[0]);
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException("not of this kind", e);
        }
    }

    private byte[] signed(String payload) {
        return (purpose + "\n" + payload).getBytes(StandardCharsets.US_ASCII);
    }
}
