package io.mosaic.cli.local;

import io.mosaic.model.ImageName;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.client.MosaicClient;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;

/**
 * The images of the examples. The infra image is the agent's work; the demo's is made offline from it, pushed to the image repository,
 * and fetched from there by the agent when a set needs it.
 */
final class DemoImages {

    private static final String DEMO_IMAGE = "demo:1";
    private static final String INFRA_IMAGE = "mosaic/infra:1";
    private static final String REPOSITORY = "default/demo";
    private static final String TAG = "1";

    private static final Duration INFRA_IMAGE_WAIT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(200);

    private final Installation installation;
    private final DockerDaemon docker;

    DemoImages(Installation installation, DockerDaemon docker) {
        this.installation = installation;
        this.docker = docker;
    }

    /** Makes what is missing, and notes what was made for {@code down --purge}; says what there is to say. */
    String make() throws StepFailedException, InterruptedException {
        // The agent made this one; it is removed with the others by 'down --purge'.
        installation.writeMade(installation.readMade().withImage(INFRA_IMAGE));
        // As the agent calls it in the daemon when it has fetched it.
        installation.writeMade(installation.readMade().withImage(ImageName.KEPT + "/" + REPOSITORY + ":" + TAG));
        URI repository = installation.imagesUrl();
        String target = repository.getAuthority() + "/" + REPOSITORY + ":" + TAG;
        if (pushed()) {
            return DEMO_IMAGE + " is in the image repository, " + target;
        }
        awaitInfraImage();
        docker.addFolder(INFRA_IMAGE, installation.dist().resolve("examples").resolve("demo"), "/demo", target);
        try {
            push(repository, target);
        } finally {
            docker.removeImage(target);
        }
        return DEMO_IMAGE + " made from this machine's BusyBox and pushed, " + target;
    }

    private boolean pushed() throws StepFailedException {
        try (MosaicClient client = installation.imagesClient()) {
            client.images().get(REPOSITORY, TAG);
            return true;
        } catch (ProblemException e) {
            if (e.is(Problem.Kind.NOT_FOUND)) {
                return false;
            }
            throw e;
        }
    }

    /** As a user would, but that the password is not kept. */
    private void push(URI repository, String target) throws StepFailedException, InterruptedException {
        Path credentials = installation.home().run().resolve("docker-login");
        try {
            Trees.remove(credentials);
            Files.createDirectories(
                    credentials, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            String login =
                    "mosaic:" + Files.readString(installation.adminToken()).strip();
            String auth = Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
            Files.write(
                    credentials.resolve("config.json"),
                    Json.bytes(Map.of("auths", Map.of(repository.getAuthority(), Map.of("auth", auth)))));
            docker.push(target, credentials);
        } catch (IOException e) {
            throw new StepFailedException("cannot write " + credentials + ": " + e.getMessage(), e);
        } finally {
            Trees.remove(credentials);
        }
    }

    /** The host is READY before its agent has made the image: it tries until Docker takes it. */
    private void awaitInfraImage() throws StepFailedException, InterruptedException {
        long deadline = System.nanoTime() + INFRA_IMAGE_WAIT.toNanos();
        while (!docker.hasImage(INFRA_IMAGE)) {
            if (System.nanoTime() > deadline) {
                throw new StepFailedException("the agent has not made " + INFRA_IMAGE + ". "
                        + installation.agent().process().logTail());
            }
            Thread.sleep(POLL);
        }
    }
}
