package io.mosaic.agent.share;

import io.mosaic.model.share.TicketGiven;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Where blobs come from in the first place: one repository of images, which this host may read. Thread-safe. */
public interface Origin {

    /**
     * Asks for a ticket to a blob, which is good for some minutes; null when blobs of that origin are not shared.
     *
     * @throws IOException when it does not answer, or this host may not read the blob
     */
    @Nullable
    TicketGiven ticket(String digest) throws IOException, InterruptedException;

    /**
     * Reads a part of a blob.
     *
     * @throws IOException when it does not come whole
     */
    void read(String digest, long offset, PieceBuffer into) throws IOException, InterruptedException;
}
