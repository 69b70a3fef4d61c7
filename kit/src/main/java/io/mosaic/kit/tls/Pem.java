package io.mosaic.kit.tls;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text form (RFC 7468) of keys and certificates. */
public final class Pem {

    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \\1-----");
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private Pem() {}

    /** Writes certificates one after another, in that order. */
    public static String write(List<X509Certificate> certificates) throws CertificateException {
        StringBuilder text = new StringBuilder();
        for (X509Certificate certificate : certificates) {
            text.append(block("CERTIFICATE", certificate.getEncoded()));
        }
        return text.toString();
    }

    /** Writes the key as unencrypted PKCS#8: a secret. */
    public static String write(PrivateKey key) {
        return block("PRIVATE KEY", key.getEncoded());
    }

    /**
     * Reads the certificates of that text, in their order.
     *
     * @throws CertificateException when one is broken, or there is none
     */
    public static List<X509Certificate> certificates(String text) throws CertificateException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> certificates = new ArrayList<>();
        for (byte[] der : blocks(text, "CERTIFICATE")) {
            certificates.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
        }
        if (certificates.isEmpty()) {
            throw new CertificateException("the text holds no PEM certificate");
        }
        return List.copyOf(certificates);
    }

    /**
     * Reads an EC key in PKCS#8.
     *
     * @throws GeneralSecurityException when the text holds no such key; its message holds nothing of the text
     */
    public static PrivateKey privateKey(String text) throws GeneralSecurityException {
        List<byte[]> blocks = blocks(text, "PRIVATE KEY");
        if (blocks.size() != 1) {
            throw new GeneralSecurityException("the text must hold exactly one PEM private key");
        }
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(blocks.getFirst()));
    }

    static String block(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n" + new String(LINES.encode(der), StandardCharsets.US_ASCII)
                + "\n-----END " + type + "-----\n";
    }

    /** The blocks of that type; what is not Base64 counts as no block. */
    static List<byte[]> blocks(String text, String type) {
        List<byte[]> found = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text);
        while (matcher.find()) {
            if (matcher.group(1).equals(type)) {
                String body = matcher.group(2).replaceAll("\\s", "");
                if (body.matches("[A-Za-z0-9+/]*={0,2}") && body.length() % 4 == 0) {
                    found.add(Base64.getDecoder().decode(body));
                }
            }
        }
        return found;
    }
}
