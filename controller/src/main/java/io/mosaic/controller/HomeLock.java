package io.mosaic.controller;

import io.mosaic.model.MosaicHome;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Keeps a second controller off one home. The kernel gives the lock up with the process, however that ends. */
final class HomeLock implements AutoCloseable {

    private final FileChannel channel;

    private HomeLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Makes the home's directories and locks it.
     *
     * @throws IOException in one line, when a directory cannot be written or another controller has the lock
     */
    static HomeLock take(MosaicHome home) throws IOException {
        for (Path directory : new Path[] {home.etc(), home.lib(), home.run()}) {
            try {
                Files.createDirectories(directory);
            } catch (IOException e) {
                throw new IOException("cannot make the directory " + directory + ": " + reason(e), e);
            }
            if (!Files.isWritable(directory)) {
                throw new IOException("cannot write to " + directory);
            }
        }
        Path file = home.lib().resolve("controller.lock");
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException("cannot write " + file + ": " + reason(e), e);
        }
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            channel.close();
            throw new IOException("another controller runs in " + home.lib() + " (" + file + " is locked)");
        }
        return new HomeLock(channel);
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName() + " " + e.getMessage();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
