package io.mosaic.agent.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class OomKillsTest {

    private static final String ID = "0123456789abcdef".repeat(4);
    private static final String OTHER = "fedcba9876543210".repeat(4);
    private static final Instant FIRST = Instant.ofEpochSecond(1_000);
    private static final Instant SECOND = Instant.ofEpochSecond(2_000);

    private String log = "";
    private final OomKills kills = new OomKills(() -> log);

    @Test
    void aKillBelongsToTheFirstEndAfterIt() throws IOException {
        assertThat(kills.killed(ID, Instant.ofEpochSecond(500))).isFalse();
        log += line("10.5", ID);
        assertThat(kills.killed(ID, FIRST)).isTrue();
        assertThat(kills.killed(ID, FIRST)).as("asked again").isTrue();
        assertThat(kills.killed(ID, SECOND)).as("the next run").isFalse();
        log += line("22.1", ID);
        assertThat(kills.killed(ID, SECOND)).as("asked again").isFalse();
        assertThat(kills.killed(ID, Instant.ofEpochSecond(3_000))).isTrue();
    }

    @Test
    void othersAreNotMeant() throws IOException {
        log = line("10.5", OTHER) + "<6>[11.0] started " + ID + "\n"
                // The limit of a group above that container was met, and another was the victim.
                + "<6>[12.0] oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/docker/" + ID + ",task_memcg=/docker/"
                + OTHER
                + ",task=dd,pid=7,uid=0\n";
        assertThat(kills.killed(ID, FIRST)).isFalse();
        assertThat(kills.killed(OTHER, FIRST)).isTrue();
    }

    private static String line(String time, String id) {
        return "<6>[   " + time + "] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=" + id
                + ",mems_allowed=0,oom_memcg=/docker/" + id + ",task_memcg=/docker/" + id
                + ",task=dd,pid=28485,uid=0\n";
    }
}
