package io.mosaic.images.oci;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A part of a body.
 *
 * @param start of its first byte
 * @param length in bytes
 */
public record ByteRange(long start, long length) {

    private static final Pattern ASKED = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");
    private static final Pattern PIECE = Pattern.compile("(?:bytes )?(\\d{1,18})-(\\d{1,18})(?:/(?:\\d{1,18}|\\*))?");

    /** The last byte's place. */
    public long last() {
        return start + length - 1;
    }

    /**
     * What a Range header asks for of a body (RFC 9110, section 14); null when it is no single range of bytes, which then is as
     * if it were not there.
     *
     * @return a length of 0 or less when nothing of the body is in it
     */
    public static @Nullable ByteRange asked(@Nullable String header, long size) {
        Matcher matcher = header == null ? null : ASKED.matcher(header.strip());
        if (matcher == null || !matcher.matches()) {
            return null;
        }
        String first = matcher.group(1);
        String last = matcher.group(2);
        if (first.isEmpty()) {
            if (last.isEmpty()) {
                return null;
            }
            long length = Math.min(Long.parseLong(last), size);
            return new ByteRange(size - length, length);
        }
        long start = Long.parseLong(first);
        long end = last.isEmpty() ? size - 1 : Long.parseLong(last);
        if (end < start && !last.isEmpty()) {
            return null;
        }
        return new ByteRange(start, Math.min(end, size - 1) - start + 1);
    }

    /** What a Content-Range header says of a piece of an upload; null when it is none. */
    static @Nullable ByteRange piece(String header) {
        Matcher matcher = PIECE.matcher(header.strip());
        if (!matcher.matches()) {
            return null;
        }
        long start = Long.parseLong(matcher.group(1));
        long last = Long.parseLong(matcher.group(2));
        return last < start ? null : new ByteRange(start, last - start + 1);
    }
}
