package io.mosaic.cli.local;

import java.time.Duration;

/** The images of examples/web.set.json, made offline from this machine's BusyBox. */
final class DemoImages {

    private static final String DEMO_IMAGE = "mosaic/demo:1";
    private static final String INFRA_IMAGE = "mosaic/infra:1";

    private static final Duration INFRA_IMAGE_WAIT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(200);

    private DemoImages() {}

    /** Makes what is missing, and notes what was made for {@code down --purge}; says what there is to say. */
    static String make(Installation installation, DockerDaemon docker)
            throws StepFailedException, InterruptedException {
        // The agent made this one; it is removed with the others by 'down --purge'.
        installation.writeMade(installation.readMade().withImage(INFRA_IMAGE));
        if (docker.hasImage(DEMO_IMAGE)) {
            return INFRA_IMAGE + " and " + DEMO_IMAGE + " are there";
        }
        awaitInfraImage(installation, docker);
        docker.addFolder(INFRA_IMAGE, installation.dist().resolve("examples").resolve("demo"), "/demo", DEMO_IMAGE);
        installation.writeMade(installation.readMade().withImage(DEMO_IMAGE));
        return INFRA_IMAGE + " and " + DEMO_IMAGE + " made from this machine's BusyBox";
    }

    /** The host is READY before its agent has made the image: it tries until Docker takes it. */
    private static void awaitInfraImage(Installation installation, DockerDaemon docker)
            throws StepFailedException, InterruptedException {
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
