package io.mosaic.agent.images;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/** What the daemon has or can pull by itself, with no credentials. Thread-safe. */
public final class DaemonImages implements HostImages {

    private static final int PULLS_MAX = 3;
    private static final Duration PULL_DEADLINE = Duration.ofMinutes(30);
    private static final Duration PING_DEADLINE = Duration.ofSeconds(2);

    private final Docker docker;
    private final Semaphore pulls = new Semaphore(PULLS_MAX, true);
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    public DaemonImages(Docker docker) {
        this.docker = docker;
    }

    @Override
    public boolean ensure(UUID set, String tenant, String image, Consumer<String> told)
            throws ImageException, DockerException, InterruptedException {
        if (known.contains(image) || docker.image(image) != null) {
            known.add(image);
            return false;
        }
        pulls.acquire();
        try {
            docker.pull(image, PULL_DEADLINE);
        } catch (DockerException e) {
            // A registry that does not answer looks like a daemon that does not.
            docker.ping(PING_DEADLINE);
            String why = e.kind() == DockerException.Kind.NOT_FOUND
                    ? "no registry has it"
                    : "pulling it failed: "
                            + String.valueOf(e.getMessage()).strip().replaceFirst("^docker [a-z]+ of [^ ]+: ", "");
            throw new ImageException("image " + image + " is not on the host and " + why, e);
        } finally {
            pulls.release();
        }
        known.add(image);
        return true;
    }

    @Override
    public String made(UUID set, String image) {
        return image;
    }

    @Override
    public void absent(UUID set, String image) {
        known.remove(image);
    }

    @Override
    public void forget() {
        known.clear();
    }
}
