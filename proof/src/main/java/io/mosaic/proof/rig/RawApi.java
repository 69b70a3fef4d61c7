package io.mosaic.proof.rig;

import io.mosaic.model.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The API spoken by hand, so that tests send what the client never would: malformed bodies, wrong tokens, headers of
 * their own. Trusts the cluster's certificate authority alone.
 *
 * <p>Thread-safe.
 */
public final class RawApi {

    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final URI server;
    private final HttpClient http;
    private final @Nullable String token;
    private final Duration deadline;

    private RawApi(URI server, HttpClient http, @Nullable String token, Duration deadline) {
        this.server = server;
        this.http = http;
        this.token = token;
        this.deadline = deadline;
    }

    /** @throws IOException when the certificate cannot be read */
    static RawApi of(URI server, Path authority, @Nullable String token) throws IOException {
        return new RawApi(server, trusting(authority), token, DEADLINE);
    }

    /** A client that trusts that certificate authority alone. */
    static HttpClient trusting(Path authority) throws IOException {
        try (InputStream in = Files.newInputStream(authority)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int n = 0;
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("ca" + n++, each);
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(null, managers.getTrustManagers(), null);
            return HttpClient.newBuilder()
                    .sslContext(tls)
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(10))
                    .build();
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot trust " + authority, e);
        }
    }

    /** The same server, with another token or none. */
    public RawApi as(@Nullable String other) {
        return new RawApi(server, http, other, deadline);
    }

    /** The same, but an answer that takes longer than that is none. */
    public RawApi within(Duration patience) {
        return new RawApi(server, http, token, patience);
    }

    /** An answer. */
    public record Answer(int status, HttpHeaders headers, String text) {
        public JsonNode json() {
            return Json.mapper().readTree(text);
        }
    }

    public Answer get(String path) throws IOException, InterruptedException {
        return call("GET", path, null, Map.of());
    }

    public Answer post(String path, String body) throws IOException, InterruptedException {
        return call("POST", path, body, Map.of());
    }

    public Answer delete(String path) throws IOException, InterruptedException {
        return call("DELETE", path, null, Map.of());
    }

    /** Sends that request, whatever it is; a body goes as {@code application/json} unless a header says otherwise. */
    public Answer call(String method, String path, @Nullable String body, Map<String, String> headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.resolve(path))
                .timeout(deadline)
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (body != null && !headers.containsKey("Content-Type")) {
            request.header("Content-Type", "application/json");
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        headers.forEach(request::header);
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.headers(), response.body());
    }
}
