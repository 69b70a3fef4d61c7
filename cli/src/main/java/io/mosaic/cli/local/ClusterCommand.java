package io.mosaic.cli.local;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mos cluster}. */
@Command(
        name = "cluster",
        description = {
            "A cluster to try, on this machine's loopback: three controllers, PostgreSQL with a",
            "synchronous replica, and nginx."
        },
        footer = {"", "Example:", "  mos cluster up"},
        mixinStandardHelpOptions = true)
public final class ClusterCommand {

    @Command(
            name = "up",
            description = {
                "Starts what does not run, and waits until it serves. Needs root, and nginx with its stream",
                "module."
            },
            footer = {"", "Examples:", "  mos cluster up", "  MOS_HOME=/tmp/mine mos cluster up"},
            mixinStandardHelpOptions = true)
    int up() throws InterruptedException {
        return LocalCommands.run(steps -> {
            LocalCommands.requireRoot();
            LocalCluster.of(System.getenv(), steps).up();
        });
    }

    @Command(
            name = "down",
            description = "Stops all of it. Its data stays, for the next 'mos cluster up'.",
            footer = {"", "Examples:", "  mos cluster down", "  mos cluster down --purge"},
            mixinStandardHelpOptions = true)
    int down(
            @Option(names = "--purge", description = "Remove its files as well, the database among them.")
                    boolean purge)
            throws InterruptedException {
        return LocalCommands.run(steps -> {
            LocalCommands.requireRoot();
            LocalCluster.of(System.getenv(), steps).down(purge);
        });
    }

    @Command(
            name = "status",
            description = "Says what of it runs, and whether each controller is ready.",
            footer = {"", "Example:", "  mos cluster status"},
            mixinStandardHelpOptions = true)
    int status() throws InterruptedException {
        return LocalCommands.run(
                steps -> LocalCluster.of(System.getenv(), steps).status());
    }
}
