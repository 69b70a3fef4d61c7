package io.mosaic.images.oci;

import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.Digest;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.StreamOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers with a blob's content or a part of it. */
public final class BlobReply {

    private static final String TYPE = "application/octet-stream";

    private BlobReply() {}

    /**
     * The answer, which closes the content in the end.
     *
     * @param range as the call's header says, absent: all of it
     */
    static Reply of(BlobContent content, Digest digest, @Nullable String range) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Docker-Content-Digest", digest.toString());
        headers.put("ETag", "\"" + digest + "\"");
        headers.put("Accept-Ranges", "bytes");
        // A digest means the same for ever; who may read it is asked each time.
        headers.put("Cache-Control", "private, max-age=31536000, immutable");
        ByteRange part = ByteRange.asked(range, content.size());
        if (part == null) {
            headers.put("Content-Length", Long.toString(content.size()));
            return new Reply.Stream(200, TYPE, new Body(content, new ByteRange(0, content.size())), headers);
        }
        if (part.length() <= 0) {
            close(content);
            throw new OciError(
                    OciError.Code.SIZE_INVALID,
                    416,
                    "the blob has " + content.size() + " bytes",
                    Map.of("Content-Range", "bytes */" + content.size()));
        }
        headers.put("Content-Length", Long.toString(part.length()));
        headers.put("Content-Range", "bytes " + part.start() + "-" + part.last() + "/" + content.size());
        return new Reply.Stream(206, TYPE, new Body(content, part), headers);
    }

    /** A part of the content as a body, which closes the content in the end. */
    public static Reply.StreamBody body(BlobContent content, ByteRange part) {
        return new Body(content, part);
    }

    private static void close(BlobContent content) {
        try {
            content.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Body(BlobContent content, ByteRange part) implements Reply.StreamBody {
        @Override
        public void writeTo(StreamOutput out) throws IOException {
            try (content) {
                content.copy(part.start(), part.length(), out::write);
            }
        }

        @Override
        public void abandon() {
            close(content);
        }
    }
}
