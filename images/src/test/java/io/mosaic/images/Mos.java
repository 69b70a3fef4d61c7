package io.mosaic.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.cli.Main;
import io.mosaic.cli.term.Console;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/** The command line, as a script would run it. */
record Mos(Map<String, String> environment) {

    record Ran(int code, byte[] output, String err) {
        String out() {
            return new String(output, StandardCharsets.UTF_8);
        }
    }

    Ran tryRun(byte[] input, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(
                new ByteArrayInputStream(input),
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                false,
                false,
                environment,
                Clock.systemUTC());
        int code = Main.run(console, arguments);
        return new Ran(code, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }

    Ran tryRun(String... arguments) {
        return tryRun(new byte[0], arguments);
    }

    /** What it says; it must do well. */
    String run(String... arguments) {
        Ran ran = tryRun(arguments);
        assertThat(ran.code()).as("%s: %s", List.of(arguments), ran.err()).isZero();
        return ran.out();
    }
}
