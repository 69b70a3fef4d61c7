package io.mosaic.controller;

import io.mosaic.kit.process.ServerProcess;

/** The controller's process: {@code io.mosaic.controller.Main [--config FILE]}. */
public final class Main {

    private static final String HELP = """
            Usage: controller [--config FILE]

              --config FILE  configuration, JSON; else controller.json in /etc/mosaic, or in etc below MOS_HOME
              --help         this text

            Keys, each of which may be left out:
              name                   this controller's name, else the machine's
              api, link              {"bind": address, "port": number}; 127.0.0.1, 8443 for users and 8444 for agents
              advertise              host:port at which other controllers reach the link
              database               {"url", "user", "passwordFile", "readUrl"}: the operator's PostgreSQL; else it runs its own
              names                  further names and addresses for its certificate
              allowedCapabilities    Linux capabilities beyond Docker's that a set may ask for
              allowedPrometheus      Prometheus servers that scaling may have asked, as http://host:port
              limits                 {"writes", "tenantWrites", "tenantRate", "maxLostPercent", "connections"}
              images                 {"url": the image repository, as hosts reach it}; https by the cluster's CA, http on loopback

            With a PostgreSQL of its own it needs root, and runs that as the user mosaic. Stops on SIGTERM.
            """;

    private Main() {}

    public static void main(String[] args) throws InterruptedException {
        ServerProcess.run(
                "controller",
                HELP,
                args,
                (config, named, home) -> Controller.start(ControllerConfig.read(config, named), home));
    }
}
