package io.mosaic.model.share;

import java.util.List;

/**
 * What a controller answers to {@link ShareReport}.
 *
 * @param peers hosts that have something that the asking one lacks: some at random when there are many
 * @param take pieces that the host is to take from the repository, beside those that it takes already: nobody else was told to
 * @param nextMillis after which it should report again; sooner when it got a piece from the repository
 */
public record ShareAnswer(List<Peer> peers, List<Integer> take, long nextMillis) {

    public ShareAnswer {
        peers = peers == null ? List.of() : List.copyOf(peers);
        take = take == null ? List.of() : List.copyOf(take);
    }

    /**
     * A host that serves pieces.
     *
     * @param host its name, which its certificate must have
     * @param address {@code host:port}
     * @param have pieces that it had when it reported last
     */
    public record Peer(String host, String address, String have) {}
}
