package io.mosaic.kit.tls;

import io.mosaic.model.Names;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's certificate authority: EC P-256, kept as {@code ca.pem} and {@code ca.key} in one directory.
 *
 * <p>Thread-safe.
 */
public final class ClusterAuthority {

    static final Duration AUTHORITY_VALID = Duration.ofDays(3653);

    /** Controllers make theirs anew on every start. */
    static final Duration SERVER_VALID = Duration.ofDays(825);

    static final Duration HOST_VALID = Duration.ofDays(90);

    private static final X500Principal CONTROLLER = new X500Principal("OU=Controllers,CN=Mosaic controller");
    private static final X500Principal REPOSITORY = new X500Principal("OU=Repositories,CN=Mosaic image repository");

    /** How far a peer's clock may be behind ours and still accept a fresh certificate. */
    private static final Duration BACKDATED = Duration.ofDays(1);

    /** A request for an EC key has some 400 characters. */
    private static final int CSR_CHARS_MAX = 8 * 1024;

    private static final int NAMES_MAX = 100;
    private static final int SERIAL_BITS = 128;
    private static final Pattern IP = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
    private static final Pattern DNS = Pattern.compile("(\\*\\.)?[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?");

    private final X509Certificate certificate;
    private final PrivateKey key;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    /**
     * A secret of the cluster for that purpose: the same wherever this authority is, not to be guessed without its key, and of no
     * help in finding that of another purpose. 64 digits of hex.
     */
    public String secret(String purpose) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getEncoded(), "HmacSHA256"));
            return HexFormat.of()
                    .formatHex(mac.doFinal(("mosaic secret: " + purpose).getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }

    private ClusterAuthority(X509Certificate certificate, PrivateKey key, InstantSource clock) {
        this.certificate = certificate;
        this.key = key;
        this.clock = clock;
    }

    /** {@link #loadOrCreate(Path, InstantSource)} by the system's clock. */
    public static ClusterAuthority loadOrCreate(Path directory) throws IOException, GeneralSecurityException {
        return loadOrCreate(directory, InstantSource.system());
    }

    /**
     * The authority of that directory; makes it on the first start.
     *
     * @throws GeneralSecurityException when the files are broken, do not belong together, or only the certificate is
     *     there: a new one would lock every host out, so that is for a person to decide
     */
    public static ClusterAuthority loadOrCreate(Path directory, InstantSource clock)
            throws IOException, GeneralSecurityException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path certificateFile = directory.resolve("ca.pem");
        Path keyFile = directory.resolve("ca.key");
        if (Files.exists(certificateFile)) {
            if (!Files.exists(keyFile)) {
                throw new GeneralSecurityException("the cluster CA's key is missing: " + keyFile
                        + "; restore it, or remove " + certificateFile + " and join every host again");
            }
            return load(certificateFile, keyFile, clock);
        }
        // A key alone is what a start killed half-way leaves; nothing was signed with it yet.
        ClusterAuthority made = create(clock);
        DurableFile.writeSecret(keyFile, Pem.write(made.key).getBytes(StandardCharsets.US_ASCII));
        DurableFile.writePublic(certificateFile, made.certificatePem().getBytes(StandardCharsets.US_ASCII));
        return made;
    }

    private static ClusterAuthority load(Path certificateFile, Path keyFile, InstantSource clock)
            throws IOException, GeneralSecurityException {
        X509Certificate certificate =
                Pem.certificates(Files.readString(certificateFile)).getFirst();
        PrivateKey key = Pem.privateKey(Files.readString(keyFile));
        if (!belongTogether(certificate.getPublicKey(), key)) {
            throw new GeneralSecurityException(keyFile + " is not the key of " + certificateFile);
        }
        return new ClusterAuthority(certificate, key, clock);
    }

    private static boolean belongTogether(PublicKey publicKey, PrivateKey key) throws GeneralSecurityException {
        byte[] probe = "mosaic".getBytes(StandardCharsets.US_ASCII);
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(key);
        signature.update(probe);
        byte[] signed = signature.sign();
        signature.initVerify(publicKey);
        signature.update(probe);
        return signature.verify(signed);
    }

    private static ClusterAuthority create(InstantSource clock) throws GeneralSecurityException {
        KeyPair pair = HostKey.newPair();
        SecureRandom random = new SecureRandom();
        // The number keeps the names of two clusters' authorities apart in a browser or a trust store.
        X500Principal name = new X500Principal("CN=Mosaic cluster CA " + Integer.toHexString(random.nextInt()));
        Instant now = clock.instant();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                name,
                new BigInteger(SERIAL_BITS, random),
                Date.from(now.minus(BACKDATED)),
                Date.from(now.plus(AUTHORITY_VALID)),
                name,
                pair.getPublic());
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
                    .addExtension(
                            Extension.subjectKeyIdentifier,
                            false,
                            new JcaX509ExtensionUtils().createSubjectKeyIdentifier(pair.getPublic()));
        } catch (CertIOException e) {
            throw new CertificateException("the CA's certificate could not be made", e);
        }
        return new ClusterAuthority(sign(builder, pair.getPrivate()), pair.getPrivate(), clock);
    }

    public X509Certificate certificate() {
        return certificate;
    }

    public String certificatePem() {
        return Pem.block("CERTIFICATE", encoded());
    }

    /** SHA-256 of the certificate's DER form, 64 hex digits. */
    public String fingerprint() {
        try {
            return ClusterTrust.fingerprint(certificate);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    "every Java platform has SHA-256, and the certificate was encoded before", e);
        }
    }

    /**
     * A new key and server certificate for those names.
     *
     * @param dnsNamesOrIps what callers may call the server by, such as {@code localhost} or {@code 127.0.0.1}
     * @throws IllegalArgumentException when one is neither a DNS name nor an IP address
     */
    public Credentials issueServer(List<String> dnsNamesOrIps) throws GeneralSecurityException {
        if (dnsNamesOrIps.isEmpty() || dnsNamesOrIps.size() > NAMES_MAX) {
            throw new IllegalArgumentException("a server certificate needs 1 to " + NAMES_MAX + " names");
        }
        GeneralName[] names =
                dnsNamesOrIps.stream().distinct().map(ClusterAuthority::name).toArray(GeneralName[]::new);
        KeyPair pair = HostKey.newPair();
        X509Certificate issued = issue(
                new X500Principal("CN=Mosaic controller"),
                pair.getPublic(),
                KeyPurposeId.id_kp_serverAuth,
                SERVER_VALID,
                new GeneralNames(names));
        return new Credentials(pair.getPrivate(), List.of(issued, certificate));
    }

    /** A new key and client certificate, by which a controller of the cluster knows another. */
    public Credentials issueController() throws GeneralSecurityException {
        KeyPair pair = HostKey.newPair();
        X509Certificate issued = issue(CONTROLLER, pair.getPublic(), KeyPurposeId.id_kp_clientAuth, SERVER_VALID, null);
        return new Credentials(pair.getPrivate(), List.of(issued, certificate));
    }

    /**
     * Whether a certificate whose chain has been checked is one of {@link #issueController}. A host's never is: its
     * subject has a uid, and this authority alone says what the subject is.
     */
    public static boolean isController(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().equals(CONTROLLER);
    }

    /** A new key and certificate by which what the image repository signs is known to be its own. */
    public Credentials issueRepository() throws GeneralSecurityException {
        KeyPair pair = HostKey.newPair();
        X509Certificate issued = issue(REPOSITORY, pair.getPublic(), KeyPurposeId.id_kp_clientAuth, SERVER_VALID, null);
        return new Credentials(pair.getPrivate(), List.of(issued, certificate));
    }

    /** Whether a certificate whose chain has been checked is one of {@link #issueRepository}. */
    public static boolean isRepository(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().equals(REPOSITORY);
    }

    /**
     * Certifies a host's key. Of the request only the key counts: name, use and time are ours to say.
     *
     * @param uid the host resource's
     * @return the host's certificate, then the CA's
     * @throws ProblemException when the name or the request is not acceptable
     */
    public List<X509Certificate> signHost(String host, UUID uid, String csrPem) throws GeneralSecurityException {
        Names.require("/host", host);
        PublicKey publicKey = keyOf(csrPem);
        X509Certificate issued = issue(
                new X500Principal("UID=" + uid + ",CN=" + host),
                publicKey,
                KeyPurposeId.id_kp_clientAuth,
                HOST_VALID,
                null);
        return List.of(issued, certificate);
    }

    private static PublicKey keyOf(String csrPem) {
        if (csrPem.length() > CSR_CHARS_MAX) {
            throw ProblemException.field("/csr", "must be at most " + CSR_CHARS_MAX + " characters", null);
        }
        List<byte[]> blocks = Pem.blocks(csrPem, "CERTIFICATE REQUEST");
        if (blocks.size() != 1) {
            throw ProblemException.field("/csr", "must be one PKCS#10 request in PEM", null);
        }
        PublicKey publicKey;
        boolean signed;
        try {
            JcaPKCS10CertificationRequest request = new JcaPKCS10CertificationRequest(blocks.getFirst());
            publicKey = request.getPublicKey();
            signed = request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(publicKey));
        } catch (IOException
                | InvalidKeyException
                | NoSuchAlgorithmException
                | OperatorCreationException
                | PKCSException
                | IllegalArgumentException e) {
            throw ProblemException.field("/csr", "must be one PKCS#10 request in PEM", null);
        }
        if (!(publicKey instanceof ECPublicKey ec)
                || ec.getParams().getCurve().getField().getFieldSize() != 256) {
            throw ProblemException.field("/csr", "must be for an EC key on the curve P-256", null);
        }
        if (!signed) {
            throw ProblemException.field("/csr", "must be signed by the key that it is for", null);
        }
        return publicKey;
    }

    private X509Certificate issue(
            X500Principal subject, PublicKey publicKey, KeyPurposeId use, Duration valid, @Nullable GeneralNames names)
            throws GeneralSecurityException {
        Instant now = clock.instant();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                certificate,
                new BigInteger(SERIAL_BITS, random),
                Date.from(now.minus(BACKDATED)),
                Date.from(now.plus(valid)),
                subject,
                publicKey);
        try {
            JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                    .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(use))
                    .addExtension(
                            Extension.authorityKeyIdentifier,
                            false,
                            extensions.createAuthorityKeyIdentifier(certificate))
                    .addExtension(
                            Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(publicKey));
            if (names != null) {
                builder.addExtension(Extension.subjectAlternativeName, false, names);
            }
        } catch (CertIOException e) {
            throw new CertificateException("the certificate could not be made", e);
        }
        return sign(builder, key);
    }

    private static X509Certificate sign(JcaX509v3CertificateBuilder builder, PrivateKey key)
            throws GeneralSecurityException {
        try {
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException("the certificate could not be signed", e);
        }
    }

    private static GeneralName name(String text) {
        if (IP.matcher(text).matches()) {
            return new GeneralName(GeneralName.iPAddress, text);
        }
        if (DNS.matcher(text).matches()) {
            return new GeneralName(GeneralName.dNSName, text);
        }
        throw new IllegalArgumentException("neither a DNS name nor an IP address: " + text);
    }

    private byte[] encoded() {
        try {
            return certificate.getEncoded();
        } catch (CertificateException e) {
            throw new IllegalStateException("the certificate was encoded before", e);
        }
    }
}
