package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code mos completion}. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = "Prints a script that completes commands and options in your shell.",
        footer = {
            "",
            "Examples:",
            "  source <(mos completion bash)",
            "  mos completion bash > /etc/bash_completion.d/mos",
            "  mos completion zsh > ~/.mos-completion && echo 'source ~/.mos-completion' >> ~/.zshrc"
        })
public final class CompletionCommand implements Callable<Integer> {

    /** The shells that there is a script for. */
    enum Shell {
        BASH,
        ZSH
    }

    private final Session session;

    @Parameters(paramLabel = "SHELL", description = "bash or zsh")
    private Shell shell = Shell.BASH;

    public CompletionCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        CommandLine whole = CommandTree.whole(new Session(session.console()));
        if (shell == Shell.ZSH) {
            session.console().out().println("autoload -U +X compinit && compinit");
        }
        session.console().out().print(AutoComplete.bash("mos", whole));
        return 0;
    }
}
