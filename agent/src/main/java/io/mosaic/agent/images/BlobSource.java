package io.mosaic.agent.images;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/** Where blobs come from. Thread-safe. */
public interface BlobSource {

    /**
     * Brings a blob into that file, whole and verified. What is in the file already is the beginning of it, of an earlier try.
     *
     * @param repository that holds it
     * @param right to read that repository
     * @param moved told how many bytes of it are there, as they come; may go down when a beginning was no good
     * @throws WrongContentException when what came is not that blob; the file is gone
     * @throws IOException when it does not come, or cannot be written; what came stays in the file
     */
    void fetch(String repository, Blob blob, Path file, GrantHolder right, LongConsumer moved)
            throws IOException, ImageException, InterruptedException;
}
