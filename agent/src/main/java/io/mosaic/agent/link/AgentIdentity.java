package io.mosaic.agent.link;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.ClientCalls;
import io.mosaic.kit.link.LinkMethodDescriptors;
import io.mosaic.kit.tls.ClusterTrust;
import io.mosaic.kit.tls.Credentials;
import io.mosaic.kit.tls.DurableFile;
import io.mosaic.kit.tls.HostIdentity;
import io.mosaic.kit.tls.HostKey;
import io.mosaic.kit.tls.Pem;
import io.mosaic.kit.tls.PinnedTrust;
import io.mosaic.model.link.LinkMethods;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who this host is to the cluster: a key made here that never leaves, and the cluster's certificate for it. The directory
 * is readable to its owner only.
 *
 * <p>Thread-safe.
 */
public final class AgentIdentity {
    private static final Logger LOG = LoggerFactory.getLogger(AgentIdentity.class);
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final String AUTHORITY = "ca.pem";
    private static final String CERTIFICATE = "host.pem";
    private static final String KEY = "host.key";

    private final Path directory;
    private final String host;
    private final HostKey key;
    private @Nullable Credentials credentials;
    private @Nullable X509Certificate authority;

    private AgentIdentity(Path directory, String host, HostKey key) {
        this.directory = directory;
        this.host = host;
        this.key = key;
    }

    /**
     * Reads the directory; makes a key when there is none.
     *
     * @throws GeneralSecurityException when what is there cannot be used
     */
    public static AgentIdentity open(Path directory, String host) throws IOException, GeneralSecurityException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        AgentIdentity identity = new AgentIdentity(directory, host, HostKey.loadOrCreate(directory.resolve(KEY)));
        Path certificate = directory.resolve(CERTIFICATE);
        if (Files.exists(certificate)) {
            identity.use(Files.readString(certificate), Files.readString(directory.resolve(AUTHORITY)));
        }
        return identity;
    }

    /** Whether the host has joined a cluster. */
    public synchronized boolean joined() {
        return credentials != null;
    }

    /** TLS of a joined host: shows its certificate, trusts its cluster only. */
    synchronized ChannelCredentials channelCredentials() throws GeneralSecurityException {
        if (credentials == null || authority == null) {
            throw new GeneralSecurityException("this host has not joined a cluster");
        }
        return TlsChannelCredentials.newBuilder()
                .keyManager(credentials.keyManagers())
                .trustManager(ClusterTrust.in(authority))
                .build();
    }

    /**
     * Trust in the cluster's CA and in nothing else, for a client that shows no certificate. Of a host that joins meanwhile, too: it is
     * asked for with each connection.
     */
    public synchronized X509ExtendedTrustManager trust() throws GeneralSecurityException {
        if (authority == null) {
            throw new GeneralSecurityException("this host has not joined a cluster");
        }
        return ClusterTrust.in(authority);
    }

    /** The cluster's CA. */
    public synchronized X509Certificate authority() throws GeneralSecurityException {
        if (authority == null) {
            throw new GeneralSecurityException("this host has not joined a cluster");
        }
        return authority;
    }

    /**
     * The host's key and certificate, as they are now.
     *
     * @throws IllegalStateException when it has not joined a cluster
     */
    public synchronized Credentials credentials() {
        if (credentials == null) {
            throw new IllegalStateException("this host has not joined a cluster");
        }
        return credentials;
    }

    /** TLS of a host that joins: trusts whom the token names. */
    static ChannelCredentials joiningCredentials(JoinTokenText token) {
        return TlsChannelCredentials.newBuilder()
                .trustManager(new PinnedTrust(token.fingerprint()))
                .build();
    }

    /**
     * Asks that controller to let this host in.
     *
     * @throws io.grpc.StatusRuntimeException when it does not
     */
    synchronized void join(Channel channel, JoinTokenText token) throws IOException, GeneralSecurityException {
        LinkMethods.JoinAnswer answer = ask(channel, token.text());
        String fingerprint =
                ClusterTrust.fingerprint(Pem.certificates(answer.authority()).getFirst());
        if (!fingerprint.startsWith(token.fingerprint())) {
            throw new GeneralSecurityException("the controller answered with another CA than the join token names");
        }
        take(answer);
        LOG.info("host {} joined the cluster", host);
    }

    /** Whether two thirds of the certificate's life are over. */
    synchronized boolean renewalDue(Instant now) {
        if (credentials == null) {
            return false;
        }
        Instant from = credentials.certificate().getNotBefore().toInstant();
        Instant to = credentials.certificate().getNotAfter().toInstant();
        return now.isAfter(from.plus(Duration.between(from, to).multipliedBy(2).dividedBy(3)));
    }

    /** Gets a new certificate for the same key. */
    synchronized void renew(Channel channel) throws IOException, GeneralSecurityException {
        LinkMethods.JoinAnswer answer = ask(channel, "");
        if (authority == null
                || !Pem.certificates(answer.authority()).getFirst().equals(authority)) {
            throw new GeneralSecurityException("the controller answered with another CA than the cluster's");
        }
        take(answer);
        LOG.info("the certificate of host {} is renewed", host);
    }

    private LinkMethods.JoinAnswer ask(Channel channel, String token) throws GeneralSecurityException {
        LinkMethods.JoinRequest request = new LinkMethods.JoinRequest(host, token, key.csrPem(host));
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        return ClientCalls.blockingUnaryCall(channel, LinkMethodDescriptors.JOIN, options, request);
    }

    private void take(LinkMethods.JoinAnswer answer) throws IOException, GeneralSecurityException {
        use(answer.certificate(), answer.authority());
        // The certificate last: its presence says that the rest is there.
        DurableFile.writeSecret(directory.resolve(AUTHORITY), answer.authority().getBytes(StandardCharsets.US_ASCII));
        DurableFile.writeSecret(
                directory.resolve(CERTIFICATE), answer.certificate().getBytes(StandardCharsets.US_ASCII));
    }

    private void use(String certificate, String ca) throws GeneralSecurityException {
        List<X509Certificate> chain = Pem.certificates(certificate);
        String named = HostIdentity.of(chain.getFirst()).host();
        if (!named.equals(host)) {
            throw new GeneralSecurityException(
                    "the certificate in " + directory + " is for host " + named + ", but this host is called " + host);
        }
        credentials = key.with(chain);
        authority = Pem.certificates(ca).getFirst();
    }
}
