package io.mosaic.cli.local;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A controller or agent as the command line sees one: a process that locks a file and lives until it is ended. */
final class FakePart {

    private FakePart() {}

    /**
     * Locks, then makes the file that says so; ends with 3 when another one has the lock.
     *
     * @param args the file to lock, the file to make
     */
    public static void main(String[] args) throws Exception {
        try (FileChannel file =
                FileChannel.open(Path.of(args[0]), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            if (file.tryLock() == null) {
                System.exit(3);
            }
            Files.createFile(Path.of(args[1]));
            Thread.sleep(120_000);
        }
    }
}
