package io.mosaic.images.mirror;

import io.mosaic.images.blob.Digest;
import io.mosaic.images.manifest.Manifest;
import io.mosaic.images.manifest.MediaTypes;
import io.mosaic.images.manifest.Reference;
import io.mosaic.images.mirror.UpstreamException.Kind;
import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A mirrored registry, as a client of it that pulls. It is believed nothing that a digest does not prove. Thread-safe. */
final class Upstream implements AutoCloseable {

    private static final String ACCEPT = Stream.concat(MediaTypes.IMAGES.stream(), MediaTypes.INDEXES.stream())
            .sorted()
            .collect(Collectors.joining(", "));
    private static final Pattern PART = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");

    /** When a registry wants to be asked later and does not say when. */
    private static final long LATER_SECONDS = 10;

    /** Docker's own registry asks for six hours of patience; it is tried again before. */
    private static final long LATER_SECONDS_MAX = 600;

    private final MirrorSettings settings;
    private final UpstreamHttp http;
    private final UpstreamAccess access;
    private final PacedBody.Watch watch;
    private volatile long busyUntil = System.nanoTime();
    private volatile long downUntil = System.nanoTime();

    Upstream(MirrorSettings settings) {
        this.settings = settings;
        this.http = new UpstreamHttp(settings);
        this.access = new UpstreamAccess(settings, http);
        this.watch = new PacedBody.Watch(settings.patience().stall());
    }

    /** A manifest as it came; whether it is one, nobody has looked at yet. */
    record Found(Digest digest, String mediaType, byte[] body) {}

    /**
     * A blob on its way.
     *
     * @param size of the whole blob, bytes, as the registry says; -1: it does not
     * @param start where the body begins
     */
    record Coming(long size, long start, InputStream body) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            body.close();
        }
    }

    /** Whether it did not answer, or wanted not to be asked, a moment ago. */
    boolean resting() {
        long now = System.nanoTime();
        return now - downUntil < 0 || now - busyUntil < 0;
    }

    /** What the tag means; null when the registry does not say without the manifest itself. */
    @Nullable
    Digest digest(String name, Reference.Tag tag) throws UpstreamException, InterruptedException {
        HttpResponse<byte[]> response =
                call("HEAD", name, "/manifests/" + tag, Map.of("Accept", ACCEPT), UpstreamHttp.small(0));
        return said(response);
    }

    private static @Nullable Digest said(HttpResponse<?> response) {
        return Digest.parse(
                response.headers().firstValue("Docker-Content-Digest").orElse(""));
    }

    /** @throws UpstreamException of kind WRONG when what comes has not the digest asked for, or said */
    Found manifest(String name, Reference reference) throws UpstreamException, InterruptedException {
        HttpResponse<byte[]> response = call(
                "GET",
                name,
                "/manifests/" + reference,
                Map.of("Accept", ACCEPT),
                UpstreamHttp.small(Manifest.BYTES_MAX));
        byte[] body = http.plain(response, Manifest.BYTES_MAX);
        Digest expected = reference instanceof Reference.ByDigest by ? by.digest() : said(response);
        Digest found = Digest.of(expected == null ? Digest.Algorithm.SHA256 : expected.algorithm(), body);
        if (expected != null && !found.equals(expected)) {
            throw wrong("the manifest of " + name + " is " + found + ", not " + expected);
        }
        String type = response.headers().firstValue("Content-Type").orElse("");
        int end = type.indexOf(';');
        return new Found(found, (end < 0 ? type : type.substring(0, end)).strip(), body);
    }

    /** The size of a blob, bytes; -1 when the registry does not say. */
    long blobSize(String name, Digest digest) throws UpstreamException, InterruptedException {
        HttpResponse<byte[]> response = call("HEAD", name, "/blobs/" + digest, Map.of(), UpstreamHttp.small(0));
        return response.headers().firstValueAsLong("Content-Length").orElse(-1);
    }

    /**
     * Opens a blob from a byte on, or from an earlier one where the registry gives no parts.
     *
     * @throws UpstreamException of kind WRONG when it gives another part than was asked for
     */
    Coming blob(String name, Digest digest, long from) throws UpstreamException, InterruptedException, IOException {
        Map<String, String> headers = from == 0 ? Map.of() : Map.of("Range", "bytes=" + from + "-");
        HttpResponse<InputStream> response = call("GET", name, "/blobs/" + digest, headers, UpstreamHttp.streamed());
        PacedBody body = new PacedBody(response.body(), watch);
        if (response.statusCode() == 200) {
            return new Coming(
                    response.headers().firstValueAsLong("Content-Length").orElse(-1), 0, body);
        }
        Matcher part =
                PART.matcher(response.headers().firstValue("Content-Range").orElse(""));
        if (!part.matches() || Long.parseLong(part.group(1)) != from) {
            body.close();
            throw wrong("another part of a blob came than was asked for");
        }
        return new Coming(Long.parseLong(part.group(3)), from, body);
    }

    /**
     * A page of tags.
     *
     * @param more whether there are more behind the last
     */
    record Tags(List<String> names, boolean more) {}

    /** @param after the last tag that the caller has; empty: from the first */
    Tags tags(String name, String after, int most) throws UpstreamException, InterruptedException {
        String query =
                "?n=" + most + (after.isEmpty() ? "" : "&last=" + URLEncoder.encode(after, StandardCharsets.UTF_8));
        HttpResponse<byte[]> response =
                call("GET", name, "/tags/list" + query, Map.of(), UpstreamHttp.small(Manifest.BYTES_MAX));
        JsonNode list;
        try {
            list = Json.read(http.plain(response, Manifest.BYTES_MAX), JsonNode.class)
                    .path("tags");
        } catch (ProblemException e) {
            throw new UpstreamException(Kind.WRONG, settings.prefix() + ": its list of tags is no JSON", 0, e);
        }
        List<String> names = new ArrayList<>();
        for (JsonNode each : list) {
            if (names.size() < most && Reference.Tag.valid(each.asString(""))) {
                names.add(each.asString());
            }
        }
        return new Tags(names, response.headers().firstValue("Link").isPresent() && !names.isEmpty());
    }

    private <T> HttpResponse<T> call(
            String method, String name, String rest, Map<String, String> headers, BodyHandler<T> handler)
            throws UpstreamException, InterruptedException {
        long wait = busyUntil - System.nanoTime();
        if (wait > 0) {
            throw new UpstreamException(
                    Kind.BUSY, settings.prefix() + " wants to be asked later", wait / 1_000_000_000 + 1, null);
        }
        URI uri = settings.upstream().resolve("/v2/" + name + rest);
        try {
            String shown = access.known(name);
            HttpResponse<T> response = http.send(method, uri, headers, shown, handler);
            // What another server wants to see, to which we were sent, it does not get.
            if (response.statusCode() == 401 && Destinations.sameServer(response.uri(), settings.upstream())) {
                String earned = access.earn(name, uri, response.headers().allValues("WWW-Authenticate"));
                response = http.send(method, uri, headers, earned, handler);
            }
            return good(response, name);
        } catch (UpstreamException e) {
            rest(e);
            throw e;
        }
    }

    private void rest(UpstreamException e) {
        long now = System.nanoTime();
        if (e.kind() == Kind.BUSY) {
            busyUntil = now + Math.clamp(e.retryAfterSeconds(), 1, LATER_SECONDS_MAX) * 1_000_000_000;
        } else if (e.kind() == Kind.DOWN) {
            // Who wants to hear of changes sooner than that has it asked sooner.
            long rest = Math.min(
                    settings.patience().rest().toNanos(), settings.revalidate().toNanos());
            downUntil = now + rest;
        }
    }

    private <T> HttpResponse<T> good(HttpResponse<T> response, String name) throws UpstreamException {
        int status = response.statusCode();
        if (status == 200 || status == 206) {
            return response;
        }
        throw switch (status) {
            case 404 -> new UpstreamException(Kind.ABSENT, settings.prefix() + " has no such content in " + name);
            case 401, 403 -> new UpstreamException(Kind.REFUSED, settings.prefix() + " does not let us pull " + name);
            case 429 ->
                new UpstreamException(Kind.BUSY, settings.prefix() + " wants to be asked later", later(response), null);
            default ->
                status >= 500
                        ? new UpstreamException(Kind.DOWN, settings.prefix() + " answered with status " + status)
                        : wrong("it answered with status " + status);
        };
    }

    /** Seconds; a date is as if there were none. */
    private static long later(HttpResponse<?> response) {
        String text = response.headers().firstValue("Retry-After").orElse("").strip();
        return text.matches("[0-9]{1,9}") ? Long.parseLong(text) : LATER_SECONDS;
    }

    private UpstreamException wrong(String what) {
        return new UpstreamException(Kind.WRONG, settings.prefix() + ": " + what);
    }

    @Override
    public void close() {
        watch.close();
        http.close();
    }
}
