package io.mosaic.agent.volume;

import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.CommandResult;
import io.mosaic.kit.command.Commands;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loop devices: files as block devices. */
final class LoopDevices {

    private static final Logger LOG = LoggerFactory.getLogger(LoopDevices.class);

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    /** Finding a free device and taking it are two steps; another process may take it in between. */
    private static final int TRIES = 8;

    private static final Duration PAUSE = Duration.ofMillis(50);

    /** Within this process the two steps are one. */
    private static final ReentrantLock ATTACHING = new ReentrantLock();

    private LoopDevices() {}

    /** The devices that this file is attached to, by inode, whatever it was called then. */
    static List<String> of(Path file) throws CommandException {
        String lines = Commands.run(DEADLINE, "losetup", "-j", file.toString()).out();
        return lines.lines()
                .map(line -> line.substring(0, Math.max(0, line.indexOf(':'))))
                .filter(device -> device.startsWith("/dev/"))
                .toList();
    }

    /** Attaches the file unless it is, and returns its device. */
    static String attach(Path file) throws CommandException, InterruptedException {
        ATTACHING.lock();
        try {
            boolean direct = true;
            for (int attempt = 1; ; attempt++) {
                List<String> devices = of(file);
                if (!devices.isEmpty()) {
                    return devices.getFirst();
                }
                CommandResult result = setUp(file, direct);
                if (result.ok()) {
                    return result.out().strip();
                }
                LOG.debug("losetup of {}: {}", file, result.complaint());
                if (attempt >= TRIES) {
                    throw new CommandException(
                            CommandException.Kind.FAILED, "no loop device could be had: " + result.complaint());
                }
                // Some file systems (tmpfs, ZFS) know no direct I/O; it saves caching twice, and is not needed.
                direct = direct
                        && !result.err().contains("direct io")
                        && !result.err().contains("Invalid argument");
                Thread.sleep(PAUSE);
            }
        } finally {
            ATTACHING.unlock();
        }
    }

    private static CommandResult setUp(Path file, boolean direct) throws CommandException {
        return Commands.tryRun(
                DEADLINE,
                "losetup",
                "--find",
                "--show",
                direct ? "--direct-io=on" : "--direct-io=off",
                "--",
                file.toString());
    }

    /** Detaches all devices of the file; one still in use goes when its last user does. */
    static void detach(Path file) throws CommandException {
        for (String device : of(file)) {
            CommandResult result = Commands.tryRun(DEADLINE, "losetup", "-d", device);
            if (!result.ok() && of(file).contains(device)) {
                throw new CommandException(
                        CommandException.Kind.FAILED, "detaching " + device + " failed: " + result.complaint());
            }
        }
    }
}
