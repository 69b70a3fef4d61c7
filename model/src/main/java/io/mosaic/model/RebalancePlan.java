package io.mosaic.model;

import java.util.List;

/**
 * Which sets would better be elsewhere, and what that would gain. Where a set goes in the end is decided when it has stopped.
 *
 * @param moves the one that gains most first; empty when nothing is worth a stop
 * @param before how evenly the ready hosts are used now
 * @param after how evenly they would be
 */
public record RebalancePlan(List<Move> moves, Balance before, Balance after) {

    public RebalancePlan {
        moves = Lists.copy(moves);
    }

    /** One set's way from one host to another. */
    public record Move(String tenant, String set, String from, String to) {}

    /**
     * How evenly hosts are used, each by the fuller of its cores and memory.
     *
     * @param highestPercent of the fullest host
     * @param meanPercent of all
     */
    public record Balance(int highestPercent, int meanPercent) {}
}
