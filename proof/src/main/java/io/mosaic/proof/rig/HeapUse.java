package io.mosaic.proof.rig;

import java.io.IOException;
import java.nio.file.Path;

/** What is alive on the heap of another Java process of this machine, by the JDK's own {@code jcmd}. */
public final class HeapUse {

    private HeapUse() {}

    /** Bytes of objects that a full collection leaves. It stops the process for as long as that takes. */
    public static long live(long pid) throws IOException, InterruptedException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        // A histogram of what is alive collects first; its last line is the sum: "Total  <objects>  <bytes>".
        String[] lines = HostCommand.run(jcmd, Long.toString(pid), "GC.class_histogram")
                .strip()
                .split("\n", -1);
        String[] words = lines[lines.length - 1].strip().split("\\s+", -1);
        if (words.length < 3 || !words[0].equals("Total")) {
            throw new IOException("jcmd does not say how much is alive: " + lines[lines.length - 1]);
        }
        return Long.parseLong(words[2]);
    }
}
