package io.mosaic.cli;

import io.mosaic.cli.term.Console;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Map;

/** What one command left. */
record Ran(int code, String out, String err) {

    /** Runs a command as a script would, without a terminal, ninety seconds after {@link FakeApi#NOW}. */
    static Ran mos(Map<String, String> environment, String input, String... arguments) {
        return mos(environment, input, false, arguments);
    }

    static Ran mos(Map<String, String> environment, String input, boolean terminal, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                terminal,
                terminal,
                terminal,
                environment,
                Clock.fixed(FakeApi.NOW.plus(Duration.ofSeconds(90)), ZoneOffset.UTC));
        int code = Main.run(console, arguments);
        return new Ran(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
