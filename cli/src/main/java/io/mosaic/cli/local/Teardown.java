package io.mosaic.cli.local;

import io.mosaic.model.AppResource;
import io.mosaic.model.Json;
import io.mosaic.model.Page;
import io.mosaic.model.SetResource;
import io.mosaic.model.TenantResource;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Takes an installation down, or away. */
final class Teardown {

    /** The controller stops its database first, the agent finishes what it has in hand. */
    private static final Duration STOP = Duration.ofSeconds(30);

    private static final Duration DELETE = Duration.ofMinutes(3);
    private static final Duration POLL = Duration.ofMillis(200);

    private final Installation installation;
    private final Map<String, String> environment;
    private final Steps steps;

    Teardown(Installation installation, Map<String, String> environment, Steps steps) {
        this.installation = installation;
        this.environment = environment;
        this.steps = steps;
    }

    /** Stops agent, image repository and controller; sets run on. */
    void stop() throws StepFailedException, InterruptedException {
        steps.step("agent", () -> installation.agent().stop(STOP) ? "stopped" : "did not run");
        steps.step("images", () -> installation.images().stop(STOP) ? "stopped" : "did not run");
        steps.step("controller", () -> {
            String said = installation.controller().stop(STOP) ? "stopped" : "did not run";
            return installation.database().stop(STOP) ? said + ", and the PostgreSQL that it had left" : said;
        });
    }

    /** Removes everything, sets and their data first. */
    void purge() throws StepFailedException, InterruptedException {
        if (!Files.exists(installation.controllerConfig())
                && !Files.exists(installation.home().lib())) {
            steps.say("nothing is installed here");
            // Its files may have been removed by hand while it ran.
            stop();
            return;
        }
        if (Files.exists(installation.adminToken())) {
            Bringup bringup = new Bringup(installation, environment, steps);
            bringup.control();
            if (hasSets()) {
                // Only the host's agent can take containers and volumes away.
                bringup.host();
            }
            sets();
        }
        stop();
        machine();
        steps.step("files", this::removeFiles);
        steps.out().println("All that quickstart made is gone, but for Debian packages.");
    }

    /** What was made on the machine beside the installation's own folders. */
    void machine() throws StepFailedException, InterruptedException {
        Made made = installation.readMade();
        DockerDaemon docker = DockerDaemon.ofSystem(Installation.dockerSocket(environment), installation.dockerd());
        if (docker.version() != null) {
            steps.step("fetched", new AgentImages(docker, installation.agentLedger())::remove);
        }
        steps.step("demo", () -> removeImages(docker, made));
        if (made.dockerd()) {
            steps.step(
                    "docker",
                    () -> (installation.dockerd().stop(STOP) ? "stopped" : "did not run")
                            + "; its own data in /var/lib/docker is left");
        }
        if (made.user() && Bringup.userExists()) {
            steps.step("user", () -> {
                Programs.Ended ended = Programs.run(Duration.ofSeconds(30), "userdel", "mosaic");
                return ended.ok() ? "mosaic removed" : "mosaic is left: " + ended.lastLine();
            });
        }
    }

    /** Deletes all sets; their hosts' agents must run, as only they can take containers and volumes away. */
    void sets() throws StepFailedException, InterruptedException {
        steps.step("sets", this::deleteSets);
    }

    boolean hasSets() throws StepFailedException {
        try (MosaicClient admin = installation.client()) {
            for (TenantResource tenant : admin.tenants().list().items()) {
                try (MosaicClient client = new MosaicClient(admin.settings().withTenant(tenant.name()))) {
                    if (!client.sets().listAll(SetQuery.ALL).items().isEmpty()) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private String deleteSets() throws StepFailedException, InterruptedException {
        int deleted = 0;
        try (MosaicClient admin = installation.client()) {
            List<String> tenants = admin.tenants().list().items().stream()
                    .map(TenantResource::name)
                    .toList();
            for (String tenant : tenants) {
                try (MosaicClient client = new MosaicClient(admin.settings().withTenant(tenant))) {
                    deleted += deleteSets(client);
                }
            }
        }
        return deleted == 0 ? "none" : deleted + " deleted with their volumes";
    }

    private static int deleteSets(MosaicClient client) throws StepFailedException, InterruptedException {
        deleteApps(client);
        List<SetResource> sets = client.sets().listAll(SetQuery.ALL).items();
        sets.forEach(set -> client.sets().delete(set.name()));
        long deadline = System.nanoTime() + DELETE.toNanos();
        List<SetResource> left = sets;
        while (!left.isEmpty()) {
            left = client.sets().listAll(SetQuery.ALL).items();
            if (System.nanoTime() > deadline) {
                SetResource stuck = left.getFirst();
                throw new StepFailedException(left.size() + " sets are still being deleted, among them " + stuck.name()
                        + " (" + stuck.status().state() + ", " + stuck.status().reason() + "); run it again");
            }
            Thread.sleep(POLL);
        }
        return sets.size();
    }

    /** Apps make anew what is deleted, so they go first. At once, with their sets: nobody is served any more. */
    private static void deleteApps(MosaicClient client) {
        List<AppResource> apps = new ArrayList<>();
        String page = null;
        do {
            Page<AppResource> some = client.apps().list(List.of(), null, page);
            apps.addAll(some.items());
            page = some.next();
        } while (page != null);
        JsonNode none =
                Json.mapper().createObjectNode().set("requires", Json.mapper().createArrayNode());
        for (AppResource app : apps) {
            // One that another requires would not go before that.
            if (!app.deleting() && !app.spec().requires().isEmpty()) {
                client.apps().patch(app.name(), none, false, null);
            }
        }
        apps.forEach(app -> client.apps().delete(app.name()));
    }

    private static String removeImages(DockerDaemon docker, Made made)
            throws StepFailedException, InterruptedException {
        if (made.images().isEmpty() || docker.version() == null) {
            return "none";
        }
        List<String> said = new ArrayList<>();
        for (String image : made.images().reversed()) {
            if (docker.hasImage(image)) {
                said.add(docker.removeImage(image) ? image + " removed" : image + " is used by others and left");
            }
        }
        return said.isEmpty() ? "none" : String.join(", ", said);
    }

    private String removeFiles() throws StepFailedException {
        List<String> removed = new ArrayList<>();
        for (Path folder : List.of(
                installation.home().run(),
                installation.home().lib(),
                installation.home().etc())) {
            if (Files.exists(folder)) {
                Trees.remove(folder);
                removed.add(folder.toString());
            }
        }
        return removed.isEmpty() ? "none" : String.join(", ", removed) + " removed";
    }
}
