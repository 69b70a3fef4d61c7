package io.mosaic.proof.sim;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.agent.docker.DockerException.Kind;
import io.mosaic.proof.fake.FakeDocker;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A daemon whose calls fail, lose their answers, and hang. What was asked of a daemon that hangs may be done when it goes
 * on, long after its caller gave up.
 */
final class FaultyDocker {
    private static final Set<String> CHANGES = Set.of("create", "start", "stop", "kill", "remove", "rename", "update");

    private final World world;
    private final Supplier<Faults> faults;
    private final FakeDocker daemon;
    private final Queue<Late> late = new ArrayDeque<>();
    private final Docker calls;
    private boolean hangs;

    /** What was asked while it hung. */
    @FunctionalInterface
    private interface Late {
        @Nullable
        Object make() throws DockerException;
    }

    FaultyDocker(World world, Supplier<Faults> faults, FakeDocker daemon) {
        this.world = world;
        this.faults = faults;
        this.daemon = daemon;
        this.calls = (Docker) Proxy.newProxyInstance(
                FaultyDocker.class.getClassLoader(),
                new Class<?>[] {Docker.class},
                (proxy, method, arguments) -> call(method, arguments));
    }

    Docker calls() {
        return calls;
    }

    FakeDocker daemon() {
        return daemon;
    }

    void hang() {
        hangs = true;
    }

    /** Goes on, with what callers asked for meanwhile. */
    void resume() {
        hangs = false;
        for (Late asked = late.poll(); asked != null; asked = late.poll()) {
            try {
                asked.make();
            } catch (DockerException e) {
                world.note("docker", "late call refused: " + e.getMessage());
            }
        }
    }

    /** What was asked of it is forgotten: the daemon was killed. */
    void forget() {
        late.clear();
        hangs = false;
    }

    private @Nullable Object call(Method method, Object @Nullable [] arguments) throws DockerException {
        String name = method.getName();
        if (hangs) {
            if (CHANGES.contains(name) && world.chance(70)) {
                late.add(() -> invoke(method, arguments));
            }
            throw new DockerException(Kind.TIMEOUT, name + ": no answer");
        }
        if (!name.equals("ping") && world.chance(faults.get().docker() / 2)) {
            throw new DockerException(Kind.FAILED, name + ": made to fail");
        }
        Object answer = invoke(method, arguments);
        if (CHANGES.contains(name) && world.chance(faults.get().docker() / 2)) {
            throw new DockerException(Kind.TIMEOUT, name + ": answer lost");
        }
        return answer;
    }

    private @Nullable Object invoke(Method method, Object @Nullable [] arguments) throws DockerException {
        try {
            return method.invoke(daemon, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof DockerException docker) {
                throw docker;
            }
            throw new IllegalStateException(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
