package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.model.CommitRequest;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mos set commit}. */
@Command(
        name = "commit",
        mixinStandardHelpOptions = true,
        description = {
            "Saves what a container of the set is now as an image in the repository; only new layers travel.",
            "The container stands still for a moment. What it was given in env is in the image; its volume is not."
        },
        footer = {
            "",
            "Examples:",
            "  mos set commit web --tag web:2",
            "  mos set commit web --container nginx --tag shop/nginx:fixed"
        })
final class SetCommitCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "NAME")
    private String name = "";

    @Option(
            names = {"-c", "--container"},
            paramLabel = "NAME",
            description = "Which container; absent: the first that starts.")
    private @Nullable String container;

    @Option(
            names = "--tag",
            required = true,
            paramLabel = "IMAGE:TAG",
            description = "What the image is to be called, of the set's tenant.")
    private String tag = "";

    @Mixin
    private OutputOptions output = new OutputOptions();

    SetCommitCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        CommitRequest request = new CommitRequest(container, tag);
        return SaveWait.on(session, output, told -> session.client().sets().commit(name, request, told));
    }
}
