package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import io.mosaic.model.AppWebhook;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Tells how load calls are signed. */
@Command(
        name = "webhook",
        mixinStandardHelpOptions = true,
        description = {
            "Shows where load calls for an app are sent without a token, and the secret that signs them.",
            "Another number at scaling.webhook.key makes another secret."
        },
        footer = {"", "Example:", "  mos app webhook food-web -o json | jq -r .secret"})
final class AppWebhookCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "NAME")
    private String name = "";

    @Mixin
    private OutputOptions output = new OutputOptions();

    AppWebhookCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        AppWebhook webhook = session.client().apps().webhook(name);
        Console console = session.console();
        if (output.data()) {
            output.print(console, webhook);
        } else {
            console.out().println("POST       " + webhook.path());
            console.out().println("Headers    " + webhook.timestampHeader() + ": seconds since 1970");
            console.out()
                    .println("           " + webhook.signatureHeader()
                            + ": sha256= and HMAC-SHA256(secret, timestamp.body) in hex");
            console.out().println("Secret     " + webhook.secret());
        }
        console.flush();
        return 0;
    }
}
