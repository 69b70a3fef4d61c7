package io.mosaic.kit.tls;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trust between hosts: at either end, the certificate of a host of the cluster. Hosts have client certificates only, so that none can
 * pass for a controller; here one speaks as a server as well. The name in the certificate is the host's and not that of an
 * address, so the caller must look whether it is the host that it meant. Thread-safe.
 */
public final class HostTrust extends X509ExtendedTrustManager {

    private final X509ExtendedTrustManager clients;

    /** @param authority the cluster's CA */
    public HostTrust(X509Certificate authority) throws GeneralSecurityException {
        this.clients = ClusterTrust.in(authority);
    }

    private void check(X509Certificate[] chain) throws CertificateException {
        if (chain == null || chain.length == 0) {
            throw new CertificateException("a host's certificate is needed");
        }
        clients.checkClientTrusted(chain, chain[0].getPublicKey().getAlgorithm());
        HostIdentity.of(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return clients.getAcceptedIssuers();
    }
}
