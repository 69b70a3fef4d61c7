package io.mosaic.model.share;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a host says to its controller about one blob, again and again while it fetches the blob or serves it. Each carries all of it, so
 * any may be lost.
 *
 * @param ticket to the blob, made for that host
 * @param address {@code host:port} at which the host serves pieces; absent: it serves none
 * @param have pieces that it has, as {@link PieceSet} writes them
 * @param taking pieces that it takes from the repository as it was told to, and has not got yet
 * @param wants how many more it would take from the repository
 * @param wrong hosts that sent it wrong bytes since the last report
 */
public record ShareReport(
        String ticket, @Nullable String address, String have, List<Integer> taking, int wants, List<String> wrong) {

    /** More than a host takes at once, of either. */
    public static final int ENTRIES_MAX = 64;

    public ShareReport {
        taking = taking == null ? List.of() : List.copyOf(taking);
        wrong = wrong == null ? List.of() : List.copyOf(wrong);
    }
}
