package io.mosaic.proof.rig;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The log of one process, over all its starts. */
record LogFile(Path path) {

    private static final int TAIL_BYTES_MAX = 256 * 1024;

    /** Its last lines under a heading, for the message of a failed test. */
    String tail(int lines) throws IOException {
        if (!Files.exists(path)) {
            return "--- " + path.getFileName() + ": never written\n";
        }
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            int length = (int) Math.min(file.length(), TAIL_BYTES_MAX);
            byte[] bytes = new byte[length];
            file.seek(file.length() - length);
            file.readFully(bytes);
            List<String> all = new String(bytes, StandardCharsets.UTF_8).lines().toList();
            List<String> last = all.subList(Math.max(0, all.size() - lines), all.size());
            return "--- last " + last.size() + " lines of " + path.getFileName() + "\n" + String.join("\n", last)
                    + "\n";
        }
    }
}
