package io.mosaic.agent.volume;

import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.CommandResult;
import io.mosaic.kit.command.Commands;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Mounting and unmounting, as this process sees it. */
final class Mounts {

    private static final Logger LOG = LoggerFactory.getLogger(Mounts.class);

    private static final Path TABLE = Path.of("/proc/self/mountinfo");

    /** XFS replays its log at the mount after a crash. */
    private static final Duration MOUNT = Duration.ofMinutes(1);

    /** Writes back what is dirty: at 100 MB/s some GiB. */
    private static final Duration UNMOUNT = Duration.ofMinutes(2);

    /** A dying container lets go of its mount a moment after Docker says that it is gone. */
    private static final int BUSY_TRIES = 20;

    private static final Duration BUSY_PAUSE = Duration.ofMillis(250);

    private Mounts() {}

    /** Whether anything is mounted right there. */
    static boolean mounted(Path target) throws IOException {
        return count(target) > 0;
    }

    private static long count(Path target) throws IOException {
        // Fifth field: the mount point (proc(5)).
        return Files.readAllLines(TABLE, StandardCharsets.UTF_8).stream()
                .map(line -> List.of(line.split(" ", 6)))
                .filter(fields -> fields.size() > 4 && unescaped(fields.get(4)).equals(target.toString()))
                .count();
    }

    /** The kernel writes blank, tab, newline and backslash as three octal digits behind a backslash. */
    static String unescaped(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        ByteArrayOutputStream plain = new ByteArrayOutputStream(text.length());
        int at = 0;
        while (at < text.length()) {
            if (text.charAt(at) == '\\' && at + 3 < text.length()) {
                plain.write(Integer.parseInt(text, at + 1, at + 4, 8));
                at += 4;
            } else {
                int end = text.offsetByCodePoints(at, 1);
                plain.writeBytes(text.substring(at, end).getBytes(StandardCharsets.UTF_8));
                at = end;
            }
        }
        return plain.toString(StandardCharsets.UTF_8);
    }

    /** No device files and no set-uid programs: who writes into a volume must not reach the host through it. */
    static void mountXfs(String device, Path target) throws CommandException {
        Commands.run(MOUNT, "mount", "-t", "xfs", "-o", "noatime,nodev,nosuid", "--", device, target.toString());
    }

    /** Unmounts all that is mounted there; when it stays in use, takes it out of sight and says so. */
    static void unmount(Path target) throws CommandException, IOException, InterruptedException {
        int busy = 0;
        while (mounted(target)) {
            CommandResult result = Commands.tryRun(UNMOUNT, "umount", "--", target.toString());
            if (result.ok()) {
                continue;
            }
            if (!mounted(target)) {
                return;
            }
            if (++busy < BUSY_TRIES) {
                Thread.sleep(BUSY_PAUSE);
            } else {
                LOG.warn("{} stays in use; unmounting it lazily: {}", target, result.complaint());
                Commands.run(UNMOUNT, "umount", "-l", "--", target.toString());
            }
        }
    }
}
