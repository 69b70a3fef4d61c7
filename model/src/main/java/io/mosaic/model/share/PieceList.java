package io.mosaic.model.share;

import io.mosaic.model.ProblemException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * How a blob is cut into pieces, and what each must hash to. All pieces are of one size but the last, which is what is left.
 *
 * @param digest the blob's, {@code sha256:} or {@code sha512:} and hex digits
 * @param size of the blob, bytes
 * @param pieceBytes of each piece but the last
 * @param hashes SHA-256 of each piece, 32 bytes each, one behind the other, in base64 of the URL alphabet without padding
 */
public record PieceList(String digest, long size, int pieceBytes, String hashes) {

    /** A piece of a usual layer travels in some ten milliseconds: short enough that it soon serves others. */
    public static final int PIECE_BYTES_MIN = 1 << 20;

    /** A host holds some pieces in memory until they are checked. */
    public static final int PIECE_BYTES_MAX = 8 << 20;

    /** Which of so many are there is told in 256 bytes. */
    public static final int PIECES_MAX = 2048;

    /** Larger blobs are not cut: each host takes them from the repository. 16 GiB. */
    public static final long SIZE_MAX = (long) PIECES_MAX * PIECE_BYTES_MAX;

    private static final int HASH_BYTES = 32;
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}");

    public PieceList {
        if (digest == null || !isDigest(digest)) {
            throw ProblemException.field("/digest", "must be a digest of sha256 or sha512", null);
        }
        if (size < 1 || size > SIZE_MAX) {
            throw ProblemException.field("/size", "must be 1 to " + SIZE_MAX, Long.toString(size));
        }
        if (pieceBytes != pieceBytes(size)) {
            throw ProblemException.field("/pieceBytes", "must be as the size has it", Integer.toString(pieceBytes));
        }
        if (hashes == null || !hashesOf(hashes, count(size, pieceBytes))) {
            throw ProblemException.field("/hashes", "must be 32 bytes a piece, in base64", null);
        }
    }

    private static boolean hashesOf(String text, int count) {
        try {
            return text.length() <= 2 * HASH_BYTES * PIECES_MAX
                    && Base64.getUrlDecoder().decode(text).length == HASH_BYTES * count;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Whether that is a digest by its form. */
    public static boolean isDigest(String text) {
        return text.length() < 256 && DIGEST.matcher(text).matches();
    }

    /** How large the pieces of a blob of that size are, bytes. */
    public static int pieceBytes(long size) {
        int bytes = PIECE_BYTES_MIN;
        while (bytes < PIECE_BYTES_MAX && count(size, bytes) > PIECES_MAX) {
            bytes *= 2;
        }
        return bytes;
    }

    private static int count(long size, int pieceBytes) {
        return Math.toIntExact((size + pieceBytes - 1) / pieceBytes);
    }

    /** Hashes pieces as a blob's bytes pass by, in order. For one thread. */
    public static final class Maker {

        private final String digest;
        private final long size;
        private final int pieceBytes;
        private final MessageDigest hash = sha256();
        private final byte[] hashes;
        private int made;
        private int inPiece;
        private long seen;

        /** @throws ProblemException when the digest is none, or a blob of that size is not cut */
        public Maker(String digest, long size) {
            if (size < 1 || size > SIZE_MAX) {
                throw ProblemException.field("/size", "must be 1 to " + SIZE_MAX, Long.toString(size));
            }
            this.digest = digest;
            this.size = size;
            this.pieceBytes = PieceList.pieceBytes(size);
            this.hashes = new byte[PieceList.count(size, pieceBytes) * HASH_BYTES];
        }

        /** The next bytes. */
        public void update(byte[] bytes, int offset, int length) {
            int from = offset;
            int left = length;
            seen += length;
            if (seen > size) {
                throw new IllegalArgumentException("more bytes than the blob has");
            }
            while (left > 0) {
                int now = Math.min(left, pieceBytes - inPiece);
                hash.update(bytes, from, now);
                from += now;
                left -= now;
                inPiece += now;
                if (inPiece == pieceBytes) {
                    end();
                }
            }
        }

        private void end() {
            System.arraycopy(hash.digest(), 0, hashes, made * HASH_BYTES, HASH_BYTES);
            made++;
            inPiece = 0;
        }

        /** @throws IllegalStateException when not all bytes came */
        public PieceList list() {
            if (seen != size) {
                throw new IllegalStateException("the blob has " + size + " bytes, " + seen + " came");
            }
            if (inPiece > 0) {
                end();
            }
            return new PieceList(
                    digest,
                    size,
                    pieceBytes,
                    Base64.getUrlEncoder().withoutPadding().encodeToString(hashes));
        }
    }

    /** How many pieces there are. */
    public int count() {
        return count(size, pieceBytes);
    }

    /** Where a piece begins in the blob. */
    public long offset(int piece) {
        return (long) piece * pieceBytes;
    }

    /** How many bytes a piece has. */
    public int length(int piece) {
        return (int) Math.min(pieceBytes, size - offset(piece));
    }

    /** All hashes, 32 bytes a piece; for {@link #matches}, so that a fetch decodes them once. */
    public byte[] allHashes() {
        return Base64.getUrlDecoder().decode(hashes);
    }

    /** Whether the bytes are that piece. */
    public static boolean matches(byte[] allHashes, int piece, byte[] bytes, int length) {
        MessageDigest hash = sha256();
        hash.update(bytes, 0, length);
        int from = piece * HASH_BYTES;
        return Arrays.equals(hash.digest(), 0, HASH_BYTES, allHashes, from, from + HASH_BYTES);
    }

    /** SHA-256 of all that it says, 64 hex digits: who signs this signs the list. */
    public String fingerprint() {
        String text = digest + "\n" + size + "\n" + pieceBytes + "\n" + hashes;
        return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
