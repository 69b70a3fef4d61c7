package io.mosaic.kit.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;

/**
 * A private key and the certificates that speak for it.
 *
 * @param chain the own certificate first, the cluster CA last
 */
public record Credentials(PrivateKey key, List<X509Certificate> chain) {

    private static final String ALIAS = "mosaic";

    public Credentials {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("credentials need a certificate");
        }
    }

    public X509Certificate certificate() {
        return chain.getFirst();
    }

    /** A key store in memory that holds both under one entry, protected by that password. */
    public KeyStore keyStore(char[] password) throws GeneralSecurityException {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry(ALIAS, key, password, chain.toArray(X509Certificate[]::new));
            return store;
        } catch (IOException e) {
            throw new GeneralSecurityException("an empty key store could not be made", e);
        }
    }

    /** For a TLS context or a gRPC server or channel. */
    public KeyManager[] keyManagers() throws GeneralSecurityException {
        // Never leaves this process, so the password guards nothing.
        char[] password = ALIAS.toCharArray();
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keyStore(password), password);
        return factory.getKeyManagers();
    }

    /** The chain, PEM. */
    public String chainPem() throws CertificateException {
        return Pem.write(chain);
    }

    /** The key, PEM: a secret. */
    public String keyPem() {
        return Pem.write(key);
    }

    /** Names the certificate only: a log line must never hold the key. */
    @Override
    public String toString() {
        return "Credentials[" + certificate().getSubjectX500Principal() + "]";
    }
}
