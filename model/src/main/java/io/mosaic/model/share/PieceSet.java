package io.mosaic.model.share;

import io.mosaic.model.ProblemException;
import java.util.Base64;
import java.util.BitSet;

/** Sets of pieces as text: a bit a piece, the first piece in the lowest bit of the first byte, base64 of the URL alphabet. */
public final class PieceSet {

    private static final int CHARS_MAX = PieceList.PIECES_MAX / 8 * 4 / 3 + 4;

    private PieceSet() {}

    /** As text; trailing bytes of zeros are left out. */
    public static String text(BitSet pieces) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(pieces.toByteArray());
    }

    /**
     * Reads one.
     *
     * @param count of the blob's pieces
     * @throws ProblemException when it is none, or has a piece that the blob has not
     */
    public static BitSet parse(String text, int count) {
        try {
            if (text.length() <= CHARS_MAX) {
                BitSet pieces = BitSet.valueOf(Base64.getUrlDecoder().decode(text));
                if (pieces.length() <= count) {
                    return pieces;
                }
            }
        } catch (IllegalArgumentException e) {
            throw ProblemException.field("/have", "must be a set of pieces in base64", null);
        }
        throw ProblemException.field("/have", "must be a set of at most " + count + " pieces", null);
    }

    /** All of that many. */
    public static BitSet all(int count) {
        BitSet pieces = new BitSet(count);
        pieces.set(0, count);
        return pieces;
    }
}
