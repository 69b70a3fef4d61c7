package io.mosaic.images.blob.s3;

import io.mosaic.images.blob.StoreUnavailableException;
import io.mosaic.images.blob.s3.S3Client.Call;
import io.mosaic.images.blob.s3.S3Client.Content;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The objects of one bucket, below the configured prefix. Thread-safe; failures are those of {@link S3Client}. */
final class S3Objects implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(S3Objects.class);

    /** Where an object's own SHA-256 is kept, so that what is read can be held against it. */
    private static final String HASH = "x-amz-meta-sha256";

    /** Calls of one task at once: a few connections fill the way to the endpoint. */
    private static final int AT_ONCE = 4;

    private final S3Client client;
    private final String prefix;

    S3Objects(S3Client client) {
        this.client = client;
        this.prefix = client.settings().prefix();
    }

    /**
     * An object.
     *
     * @param name without the prefix
     * @param size in bytes
     */
    record Listed(String name, long size, Instant modified) {}

    /** Content that is being put together under a name. */
    record Unfinished(String name, String id, Instant begun) {}

    private Call call(String method, String name) {
        return Call.of(method, prefix + name);
    }

    void put(String name, Content content) throws IOException {
        client.text(call("PUT", name).header(HASH, content.sha256()).with(content));
    }

    /** Its size in bytes; -1 when it is not there. */
    long size(String name) throws IOException {
        try (S3Client.Opened opened = client.open(call("HEAD", name))) {
            return opened == null ? -1 : length(opened);
        }
    }

    private static long length(S3Client.Opened opened) throws IOException {
        String length = opened.header("content-length");
        if (length == null) {
            throw new IOException("the answer says no length");
        }
        try {
            return Long.parseLong(length);
        } catch (NumberFormatException e) {
            throw new IOException("the answer's length is no number", e);
        }
    }

    /**
     * A part of an object as it comes, null when there is no such object. More than is asked for may come.
     *
     * @param length more than 0
     */
    @Nullable
    InputStream read(String name, long offset, long length) throws IOException {
        Call call = call("GET", name).header("range", "bytes=" + offset + "-" + (offset + length - 1));
        S3Client.Opened opened = client.open(call);
        if (opened == null) {
            return null;
        }
        if (opened.response().statusCode() == 206 || offset == 0) {
            return opened.body();
        }
        opened.close();
        throw new IOException("the endpoint gives no parts of objects");
    }

    /**
     * A small object whole, null when there is none.
     *
     * @throws IOException when it has not the hash that it was put with
     */
    byte @Nullable [] read(String name, int most) throws IOException {
        for (int made = 1; ; made++) {
            try (S3Client.Opened opened = client.open(call("GET", name))) {
                return opened == null ? null : checked(name, opened, most);
            } catch (StoreUnavailableException e) {
                throw e;
            } catch (IOException e) {
                // It broke off in the middle, or is not what was put.
                if (made >= client.settings().attempts()) {
                    throw e;
                }
                LOG.debug("{} is read again", name, e);
                client.pause(made);
            }
        }
    }

    private static byte[] checked(String name, S3Client.Opened opened, int most) throws IOException {
        byte[] bytes = opened.body().readNBytes(most);
        String hash = Content.of(bytes).sha256();
        if (bytes.length != length(opened) || !hash.equals(opened.header(HASH))) {
            throw new IOException("the object " + name + " is not what was put");
        }
        return bytes;
    }

    void delete(String name) throws IOException {
        client.gone(call("DELETE", name));
    }

    /** Deletes them, several at once. */
    void delete(List<String> names) throws IOException {
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (String name : names) {
            tasks.add(() -> {
                delete(name);
                return true;
            });
        }
        each(tasks);
    }

    /** Tells of all objects of which the names begin so, in the order of their names. */
    void list(String begin, Consumer<Listed> told) throws IOException {
        String next = "";
        do {
            Call call = Call.of("GET", "").query("list-type", "2").query("prefix", prefix + begin);
            S3Xml page = client.xml(next.isEmpty() ? call : call.query("continuation-token", next));
            for (S3Xml.Part part : page.parts()) {
                if (part.name().equals("Contents")) {
                    told.accept(new Listed(
                            name(part.texts().getOrDefault("Key", "")),
                            number(part.texts().getOrDefault("Size", "")),
                            time(part.texts().getOrDefault("LastModified", ""))));
                }
            }
            next = page.text("IsTruncated").equals("true") ? page.required("NextContinuationToken") : "";
        } while (!next.isEmpty());
    }

    private String name(String key) throws IOException {
        if (!key.startsWith(prefix)) {
            throw new IOException("the endpoint lists what was not asked for: " + key);
        }
        return key.substring(prefix.length());
    }

    private static long number(String text) throws IOException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IOException("not a number in an answer: " + text, e);
        }
    }

    private static Instant time(String text) throws IOException {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IOException("not a time in an answer: " + text, e);
        }
    }

    /** Copies one object at the endpoint. */
    void copy(String from, String to) throws IOException {
        client.xml(call("PUT", to).header("x-amz-copy-source", source(from)));
    }

    private String source(String name) {
        return "/" + client.settings().bucket() + "/" + prefix + name;
    }

    /**
     * Puts several objects together under one name, at the endpoint; it is there whole or not at all.
     *
     * @param from in order, each of 5 MiB at least but the last, at most 10,000
     */
    void join(List<String> from, String to) throws IOException {
        String id = client.xml(call("POST", to).query("uploads", "")).required("UploadId");
        try {
            List<Callable<String>> parts = new ArrayList<>();
            for (int i = 0; i < from.size(); i++) {
                Call part = call("PUT", to)
                        .query("partNumber", Integer.toString(i + 1))
                        .query("uploadId", id)
                        .header("x-amz-copy-source", source(from.get(i)));
                parts.add(() -> client.xml(part).required("ETag"));
            }
            complete(to, id, each(parts));
        } catch (IOException e) {
            try {
                forget(new Unfinished(to, id, Instant.EPOCH));
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            throw e;
        }
    }

    private void complete(String to, String id, List<String> tags) throws IOException {
        StringBuilder body = new StringBuilder("<CompleteMultipartUpload>");
        for (int i = 0; i < tags.size(); i++) {
            body.append("<Part><PartNumber>")
                    .append(i + 1)
                    .append("</PartNumber><ETag>")
                    .append(tags.get(i).replace("&", "&amp;").replace("<", "&lt;"))
                    .append("</ETag></Part>");
        }
        byte[] bytes = body.append("</CompleteMultipartUpload>").toString().getBytes(StandardCharsets.UTF_8);
        try {
            client.xml(call("POST", to)
                    .query("uploadId", id)
                    .header("content-type", "application/xml")
                    .with(Content.of(bytes)));
        } catch (S3Exception e) {
            // An attempt before this one may have done it and its answer been lost. The caller looks whether the object
            // is there.
            if (!e.is("NoSuchUpload")) {
                throw e;
            }
            LOG.debug("{} was put together already, or never will be", to, e);
        }
    }

    /** Tells of what is being put together under names that begin so. */
    void unfinished(String begin, Consumer<Unfinished> told) throws IOException {
        String key = "";
        String id = "";
        do {
            Call call = Call.of("GET", "").query("uploads", "").query("prefix", prefix + begin);
            S3Xml page = client.xml(
                    key.isEmpty() ? call : call.query("key-marker", key).query("upload-id-marker", id));
            for (S3Xml.Part part : page.parts()) {
                // Some endpoints list all that the bucket has.
                if (part.name().equals("Upload")
                        && part.texts().getOrDefault("Key", "").startsWith(prefix + begin)) {
                    told.accept(new Unfinished(
                            name(part.texts().getOrDefault("Key", "")),
                            part.texts().getOrDefault("UploadId", ""),
                            time(part.texts().getOrDefault("Initiated", ""))));
                }
            }
            boolean more = page.text("IsTruncated").equals("true");
            key = more ? page.required("NextKeyMarker") : "";
            id = more ? page.text("NextUploadIdMarker") : "";
        } while (!key.isEmpty());
    }

    /** Gives up what was being put together, and its space. */
    void forget(Unfinished one) throws IOException {
        client.gone(call("DELETE", one.name()).query("uploadId", one.id()));
    }

    /** Runs all, a few at once, and gives what they gave, in order. After a fault no further one begins. */
    private static <T> List<T> each(List<Callable<T>> tasks) throws IOException {
        List<T> results = new ArrayList<>();
        Semaphore places = new Semaphore(AT_ONCE);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<T>> running = new ArrayList<>();
            for (Callable<T> task : tasks) {
                running.add(threads.submit(() -> {
                    places.acquire();
                    try {
                        return task.call();
                    } finally {
                        places.release();
                    }
                }));
            }
            try {
                for (Future<T> one : running) {
                    results.add(one.get());
                }
            } finally {
                threads.shutdownNow();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException fault ? fault : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
        return results;
    }

    @Override
    public void close() {
        client.close();
    }
}
