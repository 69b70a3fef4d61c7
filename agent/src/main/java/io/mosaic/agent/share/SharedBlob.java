package io.mosaic.agent.share;

import io.mosaic.model.share.PieceList;
import io.mosaic.model.share.TicketGiven;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A blob on this host's disk, whole or in part, and which of its pieces are there. Pieces are put only once checked. Thread-safe. */
final class SharedBlob implements AutoCloseable {

    private final PieceList list;
    private final String fingerprint;
    private final byte[] hashes;
    private final Path file;

    /** No channel: whose thread is interrupted would close it for all. */
    private final RandomAccessFile writer;

    private final BitSet have = new BitSet();
    private final CompletableFuture<Boolean> fetched = new CompletableFuture<>();
    private volatile Right right;

    /**
     * That this host may read the blob.
     *
     * @param until by {@link System#nanoTime}
     */
    record Right(String ticket, long until) {
        static Right of(TicketGiven given) {
            return new Right(given.ticket(), System.nanoTime() + TimeUnit.SECONDS.toNanos(given.seconds()));
        }

        /** Whether it is good for so long. */
        boolean goodFor(Duration time) {
            return until - System.nanoTime() > time.toNanos();
        }
    }

    private SharedBlob(PieceList list, Right right, Path file, RandomAccessFile writer) {
        this.list = list;
        this.right = right;
        this.fingerprint = list.fingerprint();
        this.hashes = list.allHashes();
        this.file = file;
        this.writer = writer;
    }

    /** An empty one in a new file. */
    static SharedBlob create(TicketGiven given, Path file) throws IOException {
        Files.createFile(file);
        return new SharedBlob(given.pieces(), Right.of(given), file, new RandomAccessFile(file.toFile(), "rw"));
    }

    PieceList list() {
        return list;
    }

    String fingerprint() {
        return fingerprint;
    }

    /** By which this host fetches and announces it. */
    Right right() {
        return right;
    }

    void right(Right renewed) {
        right = renewed;
    }

    /** Ends with whether the fetch came to a good end. */
    CompletableFuture<Boolean> fetched() {
        return fetched;
    }

    Path file() {
        return file;
    }

    /** Keeps a piece if it is the right one. */
    boolean put(int piece, byte[] bytes, int length) throws IOException {
        if (length != list.length(piece) || !PieceList.matches(hashes, piece, bytes, length)) {
            return false;
        }
        synchronized (writer) {
            writer.seek(list.offset(piece));
            writer.write(bytes, 0, length);
        }
        synchronized (have) {
            have.set(piece);
        }
        return true;
    }

    boolean has(int piece) {
        synchronized (have) {
            return have.get(piece);
        }
    }

    BitSet have() {
        synchronized (have) {
            return (BitSet) have.clone();
        }
    }

    boolean complete() {
        synchronized (have) {
            return have.cardinality() == list.count();
        }
    }

    /** The file, open to be read from where the piece begins. */
    RandomAccessFile open(int piece) throws IOException {
        RandomAccessFile reader = new RandomAccessFile(file.toFile(), "r");
        try {
            reader.seek(list.offset(piece));
            return reader;
        } catch (IOException e) {
            reader.close();
            throw e;
        }
    }

    /** Ends it and deletes the file; links that others have made to it stay. */
    @Override
    public void close() throws IOException {
        writer.close();
        Files.deleteIfExists(file);
    }
}
