package io.mosaic.cli.command;

import io.mosaic.cli.term.Console;
import io.mosaic.model.Interval;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether and how long a command waits for what it asked for. */
final class WaitOptions {

    @Option(names = "--wait", negatable = true, description = "Wait until it is done (the default in a terminal)")
    private @Nullable Boolean wait;

    @Option(names = "--timeout", paramLabel = "TIME", description = "Longest wait, such as 90s or 10m (default: 5m)")
    private Interval timeout = new Interval(Duration.ofMinutes(5).toMillis());

    boolean wanted(Console console) {
        return wait == null ? console.outTerminal() || console.errTerminal() : wait;
    }

    Duration timeout() {
        return timeout.duration();
    }
}
