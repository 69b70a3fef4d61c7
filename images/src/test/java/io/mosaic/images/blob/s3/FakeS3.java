package io.mosaic.images.blob.s3;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLContext;

/**
 * What of an S3 endpoint the driver needs, in memory: it refuses a wrong signature and content of another hash than was signed, keeps
 * to the protocol's least size of parts, and does what a test tells it instead. Thread-safe.
 */
final class FakeS3 implements AutoCloseable {

    static final String BUCKET = "images";
    static final S3Credentials CREDENTIALS = new S3Credentials("AKEXAMPLE", "secret/of+the=test", null);
    private static final String REGION = "test-1";
    private static final int PART_LEAST_BYTES = 5 << 20;
    private static final Pattern AUTHORIZATION = Pattern.compile(
            "AWS4-HMAC-SHA256 Credential=([^/]+)/(\\d{8})/([^/]+)/s3/aws4_request,SignedHeaders=([^,]+),Signature=([0-9a-f]{64})");
    private static final Pattern PART = Pattern.compile("<PartNumber>(\\d+)</PartNumber><ETag>([^<]+)</ETag>");
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

    /** What it does to one call. */
    enum Fault {
        NONE,
        /** Answers 500 and does nothing. */
        FAILS,
        /** Answers 503 with the code that asks for patience, and does nothing. */
        SLOW_DOWN,
        /** Does it and closes the connection without an answer. */
        ANSWER_LOST,
        /** Never answers. */
        STALLS,
        /** Sends the head and half of the body, and closes the connection. */
        CUT,
        /** Sends the head and half of the body, and then nothing. */
        STALLS_HALFWAY,
        /** Sends a body of which one bit is another. */
        WRONG_BYTES,
        /** Says 200 and then, in the body, that it failed. */
        FAILS_LATE,
        /** Has no room. */
        FULL
    }

    /** A call, as faults are chosen by. */
    record Asked(String method, String key, Map<String, String> query) {}

    private record Kept(byte[] bytes, String tag, String hash, Instant modified) {}

    private record Multipart(String key, Instant begun, Map<Integer, Kept> parts) {}

    private static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;
        private final int status;
        private final String code;

        Refused(int status, String code) {
            super(code);
            this.status = status;
            this.code = code;
        }
    }

    private final NavigableMap<String, Kept> objects = new ConcurrentSkipListMap<>();
    private final Map<String, Multipart> multiparts = new ConcurrentHashMap<>();
    private final List<Asked> asked = java.util.Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch over = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;
    private final boolean secure;
    private volatile Function<Asked, Fault> faults = any -> Fault.NONE;
    private volatile int page = 1000;

    FakeS3() throws IOException {
        this(null);
    }

    /** @param tls what it encrypts with; absent: not at all */
    FakeS3(SSLContext tls) throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        secure = tls != null;
        if (secure) {
            HttpsServer encrypted = HttpsServer.create(any, 0);
            encrypted.setHttpsConfigurator(new HttpsConfigurator(tls));
            server = encrypted;
        } else {
            server = HttpServer.create(any, 0);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** Settings that reach it, with little patience. */
    S3Settings settings(String prefix) {
        return new S3Settings(
                URI.create((secure ? "https" : "http") + "://127.0.0.1:"
                        + server.getAddress().getPort()),
                REGION,
                BUCKET,
                prefix,
                CREDENTIALS,
                null,
                Duration.ofSeconds(1),
                4,
                Duration.ofMillis(10));
    }

    /** From now on. */
    void faults(Function<Asked, Fault> chosen) {
        faults = chosen;
    }

    void healthy() {
        faults = any -> Fault.NONE;
    }

    /** Names in one page of a list. */
    void page(int names) {
        page = names;
    }

    List<String> keys() {
        return List.copyOf(objects.keySet());
    }

    byte[] bytes(String key) {
        return objects.get(key).bytes().clone();
    }

    /** Puts an object as somebody else would. */
    void set(String key, byte[] bytes) {
        objects.put(key, kept(bytes, ""));
    }

    int unfinished() {
        return multiparts.size();
    }

    List<Asked> asked() {
        synchronized (asked) {
            return List.copyOf(asked);
        }
    }

    private static Kept kept(byte[] bytes, String hash) {
        return new Kept(bytes, "\"" + hex("MD5", bytes) + "\"", hash, Instant.now());
    }

    private static String hex(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private record Answer(int status, byte[] body, Map<String, String> headers) {
        static Answer xml(String body) {
            return new Answer(
                    200,
                    ("<?xml version=\"1.0\"?>\n" + body).getBytes(StandardCharsets.UTF_8),
                    Map.of("Content-Type", "application/xml"));
        }

        static Answer empty(int status) {
            return new Answer(status, new byte[0], Map.of());
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getRawPath();
            Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
            String key = path.startsWith("/" + BUCKET + "/") ? path.substring(BUCKET.length() + 2) : "";
            Asked call = new Asked(exchange.getRequestMethod(), key, query);
            asked.add(call);
            Fault fault = faults.apply(call);
            if (fault == Fault.STALLS) {
                over.await();
                return;
            }
            byte[] body = exchange.getRequestBody().readAllBytes();
            Answer answer;
            try {
                answer = switch (fault) {
                    case FAILS -> throw new Refused(500, "InternalError");
                    case SLOW_DOWN -> throw new Refused(503, "SlowDown");
                    case FULL -> throw new Refused(403, "QuotaExceeded");
                    case FAILS_LATE -> Answer.xml("<Error><Code>InternalError</Code><Message>late</Message></Error>");
                    default -> {
                        verify(exchange, path, query, body);
                        yield answer(exchange, call, body);
                    }
                };
            } catch (Refused e) {
                answer = new Answer(
                        e.status,
                        ("<Error><Code>" + e.code + "</Code><Message>of the test</Message></Error>")
                                .getBytes(StandardCharsets.UTF_8),
                        Map.of());
            }
            send(exchange, answer, fault);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void send(HttpExchange exchange, Answer answer, Fault fault) throws IOException, InterruptedException {
        if (fault == Fault.ANSWER_LOST) {
            return;
        }
        answer.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        byte[] body = answer.body().clone();
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (head) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
            exchange.sendResponseHeaders(answer.status(), -1);
            return;
        }
        boolean half = fault == Fault.CUT || fault == Fault.STALLS_HALFWAY;
        if (fault == Fault.WRONG_BYTES && body.length > 0) {
            body[body.length / 2] ^= 1;
        }
        exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
        OutputStream out = exchange.getResponseBody();
        out.write(body, 0, half ? body.length / 2 : body.length);
        out.flush();
        if (fault == Fault.STALLS_HALFWAY) {
            over.await();
        }
    }

    private static Map<String, String> query(String raw) {
        Map<String, String> query = new TreeMap<>();
        for (String each : raw == null ? new String[0] : raw.split("&", -1)) {
            int equals = each.indexOf('=');
            query.put(decoded(each.substring(0, equals)), decoded(each.substring(equals + 1)));
        }
        return query;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    /** By the published rules and with nothing of the driver's. */
    private static void verify(HttpExchange exchange, String path, Map<String, String> query, byte[] body)
            throws Refused {
        String given = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        Matcher matcher = AUTHORIZATION.matcher(given);
        if (!matcher.matches() || !matcher.group(1).equals(CREDENTIALS.accessKey())) {
            throw new Refused(403, "InvalidAccessKeyId");
        }
        String payload = exchange.getRequestHeaders().getFirst("X-Amz-Content-Sha256");
        if (!hex("SHA-256", body).equals(payload)) {
            throw new Refused(400, "XAmzContentSHA256Mismatch");
        }
        List<String> names = List.of(matcher.group(4).split(";", -1));
        if (!names.contains("host") || !names.contains("x-amz-date") || !names.contains("x-amz-content-sha256")) {
            throw new Refused(403, "AccessDenied");
        }
        String canonical = exchange.getRequestMethod() + "\n" + path + "\n"
                + query.entrySet().stream()
                        .map(each -> escaped(each.getKey()) + "=" + escaped(each.getValue()))
                        .collect(Collectors.joining("&"))
                + "\n"
                + names.stream()
                        .map(name -> name + ":"
                                + exchange.getRequestHeaders().getFirst(name).strip() + "\n")
                        .collect(Collectors.joining())
                + "\n" + matcher.group(4) + "\n" + payload;
        String time = exchange.getRequestHeaders().getFirst("X-Amz-Date");
        String scope = matcher.group(2) + "/" + matcher.group(3) + "/s3/aws4_request";
        String text = "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n"
                + hex("SHA-256", canonical.getBytes(StandardCharsets.UTF_8));
        byte[] key = ("AWS4" + CREDENTIALS.secretKey()).getBytes(StandardCharsets.UTF_8);
        for (String step : List.of(time.substring(0, 8), REGION, "s3", "aws4_request", text)) {
            key = mac(key, step);
        }
        if (!HexFormat.of().formatHex(key).equals(matcher.group(5))) {
            throw new Refused(403, "SignatureDoesNotMatch");
        }
    }

    private static String escaped(String text) {
        return text.chars()
                .mapToObj(c -> (c < 128 && Character.isLetterOrDigit(c)) || "-._~".indexOf(c) >= 0
                        ? String.valueOf((char) c)
                        : "%%%02X".formatted(c))
                .collect(Collectors.joining());
    }

    private static byte[] mac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Answer answer(HttpExchange exchange, Asked call, byte[] body) throws Refused {
        if (!exchange.getRequestURI().getRawPath().matches("/" + BUCKET + "(/.*)?")) {
            throw new Refused(404, "NoSuchBucket");
        }
        if (call.key().isEmpty()) {
            return call.query().containsKey("uploads") ? uploads(call.query()) : list(call.query());
        }
        return switch (call.method()) {
            case "PUT" -> put(exchange, call, body);
            case "POST" ->
                call.query().containsKey("uploads")
                        ? initiate(call.key())
                        : complete(call, new String(body, StandardCharsets.UTF_8));
            case "DELETE" -> {
                if (call.query().containsKey("uploadId")) {
                    multipart(call.query());
                    multiparts.remove(call.query().get("uploadId"));
                } else {
                    objects.remove(call.key());
                }
                yield Answer.empty(204);
            }
            case "GET", "HEAD" -> get(exchange, object(call.key()));
            default -> throw new Refused(405, "MethodNotAllowed");
        };
    }

    private Kept object(String key) throws Refused {
        Kept kept = objects.get(key);
        if (kept == null) {
            throw new Refused(404, "NoSuchKey");
        }
        return kept;
    }

    private Multipart multipart(Map<String, String> query) throws Refused {
        Multipart multipart = multiparts.get(query.get("uploadId"));
        if (multipart == null) {
            throw new Refused(404, "NoSuchUpload");
        }
        return multipart;
    }

    private Answer put(HttpExchange exchange, Asked call, byte[] body) throws Refused {
        String source = exchange.getRequestHeaders().getFirst("X-Amz-Copy-Source");
        Kept from = source == null ? null : object(source.substring(BUCKET.length() + 2));
        String hash = exchange.getRequestHeaders().getFirst("X-Amz-Meta-Sha256");
        Kept kept = from == null ? kept(body, hash == null ? "" : hash) : kept(from.bytes(), from.hash());
        if (call.query().containsKey("uploadId")) {
            multipart(call.query()).parts().put(Integer.parseInt(call.query().get("partNumber")), kept);
        } else {
            objects.put(call.key(), kept);
        }
        if (from != null) {
            String what = call.query().containsKey("uploadId") ? "CopyPartResult" : "CopyObjectResult";
            return Answer.xml("<" + what + "><ETag>" + kept.tag().replace("\"", "&quot;") + "</ETag></" + what + ">");
        }
        return new Answer(200, new byte[0], Map.of("ETag", kept.tag()));
    }

    private Answer initiate(String key) {
        String id = UUID.randomUUID() + "+/=";
        multiparts.put(id, new Multipart(key, Instant.now(), new ConcurrentHashMap<>()));
        return Answer.xml("<InitiateMultipartUploadResult><Key>" + key + "</Key><UploadId>" + id
                + "</UploadId></InitiateMultipartUploadResult>");
    }

    private Answer complete(Asked call, String body) throws Refused {
        Multipart multipart = multipart(call.query());
        List<byte[]> parts = new ArrayList<>();
        Matcher matcher = PART.matcher(body);
        while (matcher.find()) {
            Kept part = multipart.parts().get(Integer.parseInt(matcher.group(1)));
            if (part == null || !part.tag().equals(matcher.group(2).replace("&quot;", "\""))) {
                throw new Refused(400, "InvalidPart");
            }
            if (!parts.isEmpty() && parts.getLast().length < PART_LEAST_BYTES) {
                throw new Refused(400, "EntityTooSmall");
            }
            parts.add(part.bytes());
        }
        byte[] whole = new byte[parts.stream().mapToInt(each -> each.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, whole, at, part.length);
            at += part.length;
        }
        objects.put(call.key(), kept(whole, ""));
        multiparts.remove(call.query().get("uploadId"));
        return Answer.xml("<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>");
    }

    private static Answer get(HttpExchange exchange, Kept kept) {
        Map<String, String> headers = new TreeMap<>(Map.of("ETag", kept.tag()));
        if (!kept.hash().isEmpty()) {
            headers.put("x-amz-meta-sha256", kept.hash());
        }
        String range = exchange.getRequestHeaders().getFirst("Range");
        Matcher matcher = RANGE.matcher(range == null ? "" : range);
        if (!matcher.matches()) {
            return new Answer(200, kept.bytes(), headers);
        }
        int from = Integer.parseInt(matcher.group(1));
        int to = (int) Math.min(Long.parseLong(matcher.group(2)) + 1, kept.bytes().length);
        return new Answer(206, Arrays.copyOfRange(kept.bytes(), from, to), headers);
    }

    private Answer list(Map<String, String> query) {
        String prefix = query.getOrDefault("prefix", "");
        String after = query.getOrDefault("continuation-token", "");
        List<String> keys = objects.tailMap(after, false).keySet().stream()
                .filter(each -> each.startsWith(prefix))
                .limit(page + 1L)
                .toList();
        StringBuilder out = new StringBuilder("<ListBucketResult><Name>images</Name>");
        for (String key : keys.subList(0, Math.min(page, keys.size()))) {
            Kept kept = objects.get(key);
            if (kept != null) {
                out.append("<Contents><Key>%s</Key><LastModified>%s</LastModified><Size>%d</Size></Contents>"
                        .formatted(key, kept.modified(), kept.bytes().length));
            }
        }
        if (keys.size() > page) {
            out.append("<NextContinuationToken>").append(keys.get(page - 1)).append("</NextContinuationToken>");
        }
        return Answer.xml(out.append("<IsTruncated>" + (keys.size() > page) + "</IsTruncated></ListBucketResult>")
                .toString());
    }

    private Answer uploads(Map<String, String> query) {
        String prefix = query.getOrDefault("prefix", "");
        StringBuilder out = new StringBuilder("<ListMultipartUploadsResult>");
        multiparts.forEach((id, each) -> {
            if (each.key().startsWith(prefix)) {
                out.append("<Upload><Key>%s</Key><UploadId>%s</UploadId><Initiated>%s</Initiated></Upload>"
                        .formatted(each.key(), id, each.begun()));
            }
        });
        return Answer.xml(out.append("<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>")
                .toString());
    }

    @Override
    public void close() {
        over.countDown();
        server.stop(0);
        threads.shutdownNow();
        threads.close();
    }
}
