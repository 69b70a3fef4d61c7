package io.mosaic.cli.local;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mos cluster}. */
@Command(
        name = "cluster",
        description = {
            "A cluster to try, on this machine's loopback: three controllers, PostgreSQL with a",
            "synchronous replica, the image repository, and nginx."
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
            footer = {
                "",
                "Examples:",
                "  mos cluster up                          the cluster alone",
                "  mos cluster up --agent                  and this machine's Docker as its host, ready for sets",
                "  MOS_HOME=/tmp/mine mos cluster up       another one beside the first",
                "",
                "Other hosts join as docs/operate.md tells: a join token, and the address of the link that this prints."
            },
            mixinStandardHelpOptions = true)
    int up(
            @Option(
                            names = "--agent",
                            description = {
                                "Also make this machine's Docker daemon a host of the cluster (dockerd is started",
                                "when none runs), and the images of examples/web.set.json. From then on 'up' and",
                                "'down' look after its agent too."
                            })
                    boolean agent)
            throws InterruptedException {
        return LocalCommands.run(steps -> {
            LocalCommands.requireRoot();
            LocalCluster.of(System.getenv(), steps).up(agent);
        });
    }

    @Command(
            name = "down",
            description = {
                "Stops all of it. Its data stays, for the next 'mos cluster up', and sets on this machine run on."
            },
            footer = {"", "Examples:", "  mos cluster down", "  mos cluster down --purge"},
            mixinStandardHelpOptions = true)
    int down(
            @Option(
                            names = "--purge",
                            description = {
                                "Remove its files as well, the database among them. With an agent of 'up --agent',",
                                "delete all sets and their data first."
                            })
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
