package io.mosaic.cli.command;

import io.mosaic.cli.term.Console;
import io.mosaic.model.SetResource;

/** The answer of a command that changed a set: the resource for programs, a few words for people. */
final class SetOutcome {
    private SetOutcome() {}

    static void tell(Console console, OutputOptions output, SetResource set, String done) {
        if (output.data()) {
            output.print(console, set);
        } else {
            console.out().println(output.names() ? set.name() : set.name() + " " + done);
        }
        console.flush();
    }
}
