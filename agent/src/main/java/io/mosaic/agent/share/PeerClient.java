package io.mosaic.agent.share;

import io.mosaic.kit.tls.HostIdentity;
import io.mosaic.model.ProblemException;
import io.mosaic.model.share.PieceSet;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Asks other hosts for pieces. Thread-safe. */
final class PeerClient implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(2);

    /** Until an answer begins; a busy peer says so earlier. */
    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final HttpClient client;

    /** @param tls shows this host's certificate, and trusts those of hosts */
    PeerClient(SSLContext tls) {
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .sslContext(tls)
                .build();
    }

    /**
     * What a peer answered.
     *
     * @param fault absent: the buffer has what it sent
     * @param have pieces that it says it has, if it does
     */
    record Answer(Picker.@Nullable Fault fault, @Nullable BitSet have) {}

    /**
     * Asks for a piece.
     *
     * @param host whose certificate the peer must show
     * @param count of the blob's pieces
     * @throws IOException when the peer is not there, is another, or breaks off
     */
    Answer get(String host, String address, String digest, int count, int piece, String ticket, PieceBuffer into)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("https://" + address + PeerServer.PREFIX + "/" + digest + "/" + piece))
                .timeout(ANSWER)
                .header(PeerServer.TICKET, ticket)
                .build();
        HttpResponse<Integer> answer = client.send(request, into.whenStatus(200));
        requireHost(host, answer.sslSession().orElse(null));
        Picker.Fault fault = switch (answer.statusCode()) {
            case 200 -> null;
            case 404 -> Picker.Fault.MISSING;
            case 429, 503 -> Picker.Fault.BUSY;
            default -> Picker.Fault.FAILED;
        };
        return new Answer(fault, have(answer, count));
    }

    private static void requireHost(String host, @Nullable SSLSession session) throws IOException {
        try {
            if (session != null
                    && session.getPeerCertificates()[0] instanceof X509Certificate certificate
                    && HostIdentity.of(certificate).host().equals(host)) {
                return;
            }
        } catch (CertificateException e) {
            throw new IOException("no host is at that address", e);
        }
        throw new IOException("another host than " + host + " is at its address");
    }

    private static @Nullable BitSet have(HttpResponse<?> answer, int count) {
        String text = answer.headers().firstValue(PeerServer.HAVE).orElse(null);
        try {
            return text == null ? null : PieceSet.parse(text, count);
        } catch (ProblemException e) {
            // It is news at best: what it is good for shows in its pieces.
            return null;
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
