package io.mosaic.agent.docker;

import static io.mosaic.agent.docker.DockerClientIT.assertKind;
import static io.mosaic.agent.docker.TestContainers.drain;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mosaic.agent.docker.Docker.DaemonEvent;
import io.mosaic.agent.docker.Docker.EventStream;
import io.mosaic.agent.docker.Docker.ExecConfig;
import io.mosaic.agent.docker.Docker.ExecSession;
import io.mosaic.agent.docker.Docker.Limits;
import io.mosaic.agent.docker.Docker.Output;
import io.mosaic.agent.docker.Docker.OutputStreams;
import io.mosaic.agent.docker.DockerException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Logs, exec and events, on a real daemon. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DockerStreamsIT {

    private static final Executor THREADS = task -> Thread.ofVirtual().start(task);

    private DockerClient docker;
    private TestContainers containers;

    @BeforeEach
    void connect() {
        docker = DockerDaemon.shared().client();
        containers = new TestContainers(docker);
    }

    @AfterEach
    void clean() throws DockerException, IOException {
        containers.close();
        docker.close();
    }

    @Test
    void stdinClosesAndTheCommandEnds() throws Exception {
        String id = sleeper();
        try (ExecSession cat = docker.exec(id, new ExecConfig(List.of("cat"), true, false, 0, 0, null))) {
            cat.write("one\n".getBytes(StandardCharsets.UTF_8));
            cat.write("two\n".getBytes(StandardCharsets.UTF_8));
            cat.closeStdin();

            assertThat(drain(cat)).isEqualTo("one\ntwo\n");
            assertThat(cat.exitCode()).isZero();
        }
    }

    @Test
    void muchGoesThroughBothWays() throws Exception {
        String id = sleeper();
        byte[] block = "0123456789abcde\n".repeat(4096).getBytes(StandardCharsets.UTF_8);
        try (ExecSession sum = docker.exec(id, new ExecConfig(List.of("cat"), true, false, 0, 0, null))) {
            CompletableFuture<Void> writer = CompletableFuture.runAsync(
                    () -> {
                        try {
                            for (int i = 0; i < 64; i++) {
                                sum.write(block);
                            }
                            sum.closeStdin();
                        } catch (DockerException e) {
                            throw new AssertionError(e);
                        }
                    },
                    THREADS);
            assertThat(drain(sum)).hasSize(64 * block.length);
            writer.join();
            assertThat(sum.exitCode()).isZero();
        }
    }

    @Test
    void withoutStdinTheCommandSeesItsEnd() throws Exception {
        assertThat(containers.output(sleeper(), "cat")).isEmpty();
    }

    @Test
    void outputComesByChannelWithTheExitCode() throws Exception {
        String id = sleeper();
        List<String> command = List.of("sh", "-c", "echo out; sleep 0.1; echo err >&2; exit 7");
        try (ExecSession session = docker.exec(id, new ExecConfig(command, false, false, 0, 0, null))) {
            Output first = session.next();
            Output second = session.next();
            assertThat(first.stderr()).isFalse();
            assertThat(new String(first.bytes(), StandardCharsets.UTF_8)).isEqualTo("out\n");
            assertThat(second.stderr()).isTrue();
            assertThat(new String(second.bytes(), StandardCharsets.UTF_8)).isEqualTo("err\n");
            assertThat(session.next()).isNull();
            assertThat(session.exitCode()).isEqualTo(7);
        }
    }

    @Test
    void aCommandWhoseCallerLeftIsKilledWithWhatItStarted() throws Exception {
        String id = sleeper();
        List<String> command = List.of("/bin/sh", "-c", "sleep 4711 & echo begun; wait");
        try (ExecSession session = docker.exec(id, new ExecConfig(command, false, false, 0, 0, null))) {
            assertThat(session.next()).isNotNull();
            session.kill();
            assertThat(session.exitCode()).isEqualTo(137);
        }
        assertThat(containers.output(id, "ps")).contains("PID").doesNotContain("4711");
    }

    @Test
    void aMissingCommandSaysSo() throws Exception {
        String id = sleeper();
        try (ExecSession session = docker.exec(id, new ExecConfig(List.of("nope"), false, false, 0, 0, null))) {
            assertThat(drain(session)).contains("nope");
            assertThat(session.exitCode()).isIn(126, 127);
        } catch (DockerException e) {
            assertThat(e.kind()).isEqualTo(Kind.REFUSED);
            assertThat(e).hasMessageContaining("nope");
        }
    }

    @Test
    void execInWhatDoesNotRunIsAConflict() throws Exception {
        String id = docker.create(containers.config("created").command("true").build());
        ExecConfig config = new ExecConfig(List.of("true"), false, false, 0, 0, null);

        assertKind(Kind.CONFLICT, () -> docker.exec(id, config));
        assertKind(Kind.NOT_FOUND, () -> docker.exec("0".repeat(64), config));
    }

    @Test
    void aTerminalHasASizeAndChangesIt() throws Exception {
        String id = sleeper();
        List<String> command = List.of("sh", "-c", "stty size; read line; stty size; tty; id -u");
        try (ExecSession session = docker.exec(id, new ExecConfig(command, true, true, 100, 40, "65534"))) {
            StringBuilder seen = new StringBuilder();
            readUntil(session, seen, "\n");
            session.resize(120, 50);
            session.write("\n".getBytes(StandardCharsets.UTF_8));
            seen.append(drain(session));

            assertThat(seen.toString()).contains("50 120").contains("/dev/pts/").contains("65534");
            assertThat(session.exitCode()).isZero();
        }
    }

    @Test
    void aTerminalsInputEndsAsAUserEndsIt() throws Exception {
        String id = sleeper();
        try (ExecSession cat = docker.exec(id, new ExecConfig(List.of("cat"), true, true, 80, 24, null))) {
            cat.write("line\n".getBytes(StandardCharsets.UTF_8));
            cat.closeStdin();

            assertThat(drain(cat)).contains("line");
            assertThat(cat.exitCode()).isZero();
        }
    }

    @Test
    void logsComeByChannelTailAndTime() throws Exception {
        String id = containers.run(containers
                .config("logs")
                .command("sh", "-c", "echo one; echo two >&2; sleep 1.2; echo three; sleep 1000"));
        await().until(() -> logs(id, -1, null).contains("three"));

        assertThat(logs(id, -1, null).lines()).containsExactlyInAnyOrder("one", "two", "three");
        assertThat(logs(id, 1, null)).isEqualTo("three\n");
        assertThat(logs(id, 0, null)).isEmpty();
        Instant started = docker.inspect(id).started();
        assertThat(logs(id, -1, started.plusMillis(700))).isEqualTo("three\n");
        try (OutputStreams stamped = docker.logs(id, false, false, 1, null, true)) {
            assertThat(drain(stamped)).matches("20\\d\\d-\\d\\d-\\d\\dT[^ ]+Z three\n");
        }
        boolean stderrSeen = false;
        try (OutputStreams all = docker.logs(id, false, false, -1, null, false)) {
            for (Output piece = all.next(); piece != null; piece = all.next()) {
                stderrSeen |= piece.stderr();
            }
        }
        assertThat(stderrSeen).isTrue();
    }

    @Test
    void followedLogsEndWithTheContainerOrTheReader() throws Exception {
        String id = containers.run(
                containers.config("follow").command("sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.2; done"));
        try (OutputStreams follow = docker.logs(id, false, true, -1, null, false)) {
            assertThat(drain(follow)).isEqualTo("1\n2\n3\n");
        }

        String quiet = sleeper();
        OutputStreams follow = docker.logs(quiet, false, true, -1, null, false);
        CompletableFuture<Boolean> ended = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return follow.next() == null;
                    } catch (DockerException e) {
                        throw new AssertionError(e);
                    }
                },
                THREADS);
        assertThat(ended).isNotDone();
        follow.close();
        assertThat(ended.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void logsOfNoContainerAreNotFound() {
        assertKind(Kind.NOT_FOUND, () -> docker.logs("0".repeat(64), false, false, -1, null, false));
    }

    @Test
    void eventsTellWhatHappens() throws Exception {
        try (EventStream events = docker.events("io.mosaic.set")) {
            String id = containers.run(containers
                    .config("told")
                    .command("sleep", "1000")
                    .limits(new Limits(50_000, 512, 64L << 20, null)));
            docker.update(id, new Limits(50_000, 512, 32L << 20, null));
            docker.kill(id);
            docker.remove(id);

            List<String> actions = new ArrayList<>();
            DaemonEvent event;
            do {
                event = events.next();
                if (event.containerId().equals(id)) {
                    assertThat(event.attributes()).containsKey("io.mosaic.set");
                    actions.add(event.action());
                }
            } while (!event.action().equals("destroy") || !event.containerId().equals(id));
            assertThat(actions).contains("create", "start", "update", "die", "destroy");
        }
    }

    @Test
    void anOomKillIsAnEvent() throws Exception {
        try (EventStream events = docker.events("io.mosaic.set")) {
            String id = containers.run(containers
                    .config("hungry")
                    .command("sh", "-c", "x=x; while true; do x=$x$x; done")
                    .limits(new Limits(100_000, 1024, 8L << 20, null)));

            List<String> actions = new ArrayList<>();
            while (!actions.contains("die")) {
                DaemonEvent event = events.next();
                if (event.containerId().equals(id)) {
                    actions.add(event.action());
                }
            }
            assertThat(actions).contains("oom");
        }
    }

    @Test
    void closingTheEventsWakesTheirReader() throws Exception {
        EventStream events = docker.events("io.mosaic.nothing");
        CompletableFuture<Kind> woken = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        throw new AssertionError(events.next());
                    } catch (DockerException e) {
                        return e.kind();
                    }
                },
                THREADS);
        assertThat(woken).isNotDone();

        events.close();

        assertThat(woken.get(10, TimeUnit.SECONDS)).isEqualTo(Kind.UNREACHABLE);
    }

    private String sleeper() throws DockerException {
        return containers.run(containers.config("sleeper").command("sleep", "1000"));
    }

    private String logs(String id, int tail, Instant since) throws DockerException {
        try (OutputStreams logs = docker.logs(id, false, false, tail, since, false)) {
            return drain(logs);
        }
    }

    private static void readUntil(OutputStreams streams, StringBuilder seen, String end) throws DockerException {
        while (seen.indexOf(end) < 0) {
            Output piece = streams.next();
            if (piece == null) {
                throw new AssertionError("ended with: " + seen);
            }
            seen.append(new String(piece.bytes(), StandardCharsets.UTF_8));
        }
    }
}
