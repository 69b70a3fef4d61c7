package io.mosaic.kit.tls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** A host's key: made on the host, never leaves it; the cluster sees only the request to certify it. */
public final class HostKey {

    private static final String PUBLIC = "PUBLIC KEY";

    private final KeyPair pair;

    private HostKey(KeyPair pair) {
        this.pair = pair;
    }

    /** A new EC P-256 key. */
    public static HostKey generate() throws GeneralSecurityException {
        return new HostKey(newPair());
    }

    static KeyPair newPair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    /** Reads what {@link #save} wrote. */
    public static HostKey load(Path file) throws IOException, GeneralSecurityException {
        String text = Files.readString(file);
        List<byte[]> publics = Pem.blocks(text, PUBLIC);
        if (publics.size() != 1) {
            throw new GeneralSecurityException(file + " does not hold a key pair");
        }
        PublicKey publicKey = KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(publics.getFirst()));
        return new HostKey(new KeyPair(publicKey, Pem.privateKey(text)));
    }

    /** The key of that file; makes and saves one when there is no such file. */
    public static HostKey loadOrCreate(Path file) throws IOException, GeneralSecurityException {
        if (Files.exists(file)) {
            return load(file);
        }
        HostKey key = generate();
        key.save(file);
        return key;
    }

    /** Writes the pair to that file, which only its owner may read. */
    public void save(Path file) throws IOException {
        String text = Pem.write(pair.getPrivate())
                + Pem.block(PUBLIC, pair.getPublic().getEncoded());
        DurableFile.writeSecret(file, text.getBytes(StandardCharsets.US_ASCII));
    }

    /** The request to certify it, PEM. The name in it is for people: the cluster decides which name it certifies. */
    public String csrPem(String host) throws GeneralSecurityException {
        try {
            byte[] der = new JcaPKCS10CertificationRequestBuilder(new X500Principal("CN=" + host), pair.getPublic())
                    .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()))
                    .getEncoded();
            return Pem.block("CERTIFICATE REQUEST", der);
        } catch (OperatorCreationException | IOException e) {
            throw new GeneralSecurityException("the certificate request could not be made", e);
        }
    }

    /**
     * This key with the chain that the cluster answered.
     *
     * @throws GeneralSecurityException when the first certificate is for another key
     */
    public Credentials with(List<X509Certificate> chain) throws GeneralSecurityException {
        if (chain.isEmpty() || !chain.getFirst().getPublicKey().equals(pair.getPublic())) {
            throw new GeneralSecurityException("the certificate is for another key");
        }
        return new Credentials(pair.getPrivate(), chain);
    }

    PrivateKey privateKey() {
        return pair.getPrivate();
    }
}
