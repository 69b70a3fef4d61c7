package io.mosaic.proof.rig;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system of few bytes in a file, so that a disk can be full without filling the machine's. */
public final class SmallDisk {

    private static final int CHUNK_BYTES = 1 << 20;

    private final Path mountPoint;

    private SmallDisk(Path mountPoint) {
        this.mountPoint = mountPoint;
    }

    /** Makes one in that file and mounts it there; unmounting it is enough to be rid of its loop device. */
    static SmallDisk mount(Path image, Path mountPoint, long bytes) throws IOException, InterruptedException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(bytes);
        }
        HostCommand.run("mkfs.xfs", "-q", image.toString());
        Files.createDirectories(mountPoint);
        HostCommand.run("mount", "-o", "loop", image.toString(), mountPoint.toString());
        return new SmallDisk(mountPoint);
    }

    /** Writes until nothing fits any more. */
    public void fill() throws IOException, InterruptedException {
        HostCommand.Outcome outcome = HostCommand.attempt(
                "dd", "if=/dev/zero", "of=" + filler(), "bs=" + CHUNK_BYTES, "oflag=append", "conv=notrunc");
        if (!outcome.output().contains("No space left on device")) {
            throw new IOException("the disk did not fill: " + outcome.output());
        }
        // What is left below one chunk, byte by byte.
        HostCommand.attempt("dd", "if=/dev/zero", "of=" + filler(), "bs=512", "oflag=append", "conv=notrunc");
    }

    /** Takes all but so many bytes. */
    public void fillBut(long bytes) throws IOException, InterruptedException {
        long free = Files.getFileStore(mountPoint).getUsableSpace();
        HostCommand.run("fallocate", "-l", Long.toString(free - bytes), filler().toString());
    }

    /** Gives the room back. */
    public void empty() throws IOException {
        Files.deleteIfExists(filler());
    }

    private Path filler() {
        return mountPoint.resolve("filler");
    }
}
