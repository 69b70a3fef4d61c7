package io.mosaic.agent.share;

import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import io.mosaic.model.share.TicketGiven;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One repository of the image repository, over its HTTP interface. Thread-safe. */
public final class RepositoryOrigin implements Origin {

    /** Until an answer begins: it may have to cut a large blob first. */
    private static final Duration ANSWER = Duration.ofSeconds(60);

    private static final int TICKET_BYTES_MAX = 256 * 1024;

    /** A token that the repository takes. */
    @FunctionalInterface
    public interface Token {
        /** @throws IOException when none can be had */
        String current() throws IOException, InterruptedException;
    }

    private final HttpClient client;
    private final URI url;
    private final String repository;
    private final String host;
    private final Token token;
    private final RateLimit rate;

    /**
     * Speaks of one repository.
     *
     * @param url of the image repository, without a path
     * @param repository such as {@code food/web}
     * @param host the name of this one, to which tickets are given
     * @param rate of what is read
     */
    public RepositoryOrigin(HttpClient client, URI url, String repository, String host, Token token, RateLimit rate) {
        this.rate = rate;
        this.client = client;
        this.url = url;
        this.repository = repository;
        this.host = host;
        this.token = token;
    }

    private HttpRequest.Builder call(String path) throws IOException, InterruptedException {
        return HttpRequest.newBuilder(url.resolve(path))
                .timeout(ANSWER)
                .header("Authorization", "Bearer " + token.current());
    }

    @Override
    public @Nullable TicketGiven ticket(String digest) throws IOException, InterruptedException {
        HttpRequest request = call("/v2/_mosaic/tickets/" + repository + "/" + digest + "?host=" + host)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        HttpResponse<InputStream> answer = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
            byte[] bytes = body.readNBytes(TICKET_BYTES_MAX);
            return switch (answer.statusCode()) {
                case 200 -> given(digest, bytes);
                // It does not share this blob, or does not know how to.
                case 404, 405 -> null;
                default -> throw new IOException("the image repository answers " + answer.statusCode());
            };
        }
    }

    private static TicketGiven given(String digest, byte[] body) throws IOException {
        try {
            TicketGiven given = Json.read(body, TicketGiven.class);
            if (given.ticket() == null
                    || given.pieces() == null
                    || !given.pieces().digest().equals(digest)) {
                throw new IOException("the image repository's ticket is for something else");
            }
            return given;
        } catch (ProblemException e) {
            throw new IOException("the image repository's ticket cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void read(String digest, long offset, PieceBuffer into) throws IOException, InterruptedException {
        // For all of it at once, so that it comes fast when it comes.
        into.waits();
        rate.take(into.expected());
        into.begins();
        HttpRequest request = call("/v2/" + repository + "/blobs/" + digest)
                .header("Range", "bytes=" + offset + "-" + (offset + into.expected() - 1))
                .build();
        HttpResponse<Integer> answer = client.send(request, into.whenStatus(206));
        if (answer.statusCode() != 206) {
            throw new IOException("the image repository answers " + answer.statusCode());
        }
    }
}
