package io.mosaic.agent.desired;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lease in a file, with the id of the machine's boot: moments of another boot mean nothing. The moments are of
 * {@link #bootClock}.
 */
public final class LeaseFile implements HostLease.Kept {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseFile.class);
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Path UPTIME = Path.of("/proc/uptime");

    private final Path file;
    private final String boot;
    private boolean complained;

    private LeaseFile(Path file, String boot) {
        this.file = file;
        this.boot = boot;
    }

    /** @throws IOException when the kernel does not say which boot this is */
    public static LeaseFile open(Path file) throws IOException {
        return new LeaseFile(file, Files.readString(BOOT_ID).strip());
    }

    /**
     * Nanoseconds since the machine booted, to a hundredth of a second, the time that it slept among them; the same for all
     * processes.
     */
    public static LongSupplier bootClock() {
        return () -> {
            try {
                String text = Files.readString(UPTIME);
                double seconds = Double.parseDouble(text.substring(0, text.indexOf(' ')));
                return Math.round(seconds * 100) * 10_000_000L;
            } catch (IOException e) {
                throw new UncheckedIOException("the kernel does not tell the time since boot", e);
            }
        };
    }

    @Override
    public OptionalLong read() {
        try {
            String text = Files.readString(file).strip();
            return text.startsWith(boot + " ")
                    ? OptionalLong.of(Long.parseLong(text.substring(boot.length() + 1)))
                    : OptionalLong.empty();
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        } catch (IOException | NumberFormatException e) {
            LOG.warn("the lease of before cannot be read, and counts as run out: {}", e.getMessage());
            return OptionalLong.empty();
        }
    }

    @Override
    public void write(long since) {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.write(fresh, (boot + " " + since).getBytes(StandardCharsets.UTF_8));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            complained = false;
        } catch (IOException e) {
            if (!complained) {
                LOG.warn("the lease is not kept, so that a restart demotes what is primary here: {}", e.getMessage());
                complained = true;
            }
        }
    }
}
