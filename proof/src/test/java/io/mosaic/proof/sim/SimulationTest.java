package io.mosaic.proof.sim;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The cluster in simulated time: a bounded number of seeds, so that the test takes about a minute. */
class SimulationTest {
    private static final int SEEDS = 60;
    private static final int STEPS = 3000;

    @TempDir
    Path directory;

    private final Logger log = (Logger) LoggerFactory.getLogger("io.mosaic");
    private final Level before = log.getEffectiveLevel();

    @BeforeEach
    void whatProcessesLogIsOfNoUse() {
        log.setLevel(Level.OFF);
    }

    @AfterEach
    void logAgain() {
        log.setLevel(before);
    }

    @Test
    void nothingIsEverWrong() {
        int terms = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            Simulation.Result result = Simulation.run(seed, STEPS, directory);
            assertThat(result.violation())
                    .as(
                            "./mos simulate --seeds 1 --seed %d --steps %d%n%s",
                            seed, STEPS, String.join("\n", result.trace()))
                    .isNull();
            assertThat(result.acknowledged()).as("seed %d does something", seed).isPositive();
            terms += result.terms();
        }
        assertThat(terms).as("changes of primaries").isGreaterThan(SEEDS / 4);
    }

    @Test
    void theSameSeedIsTheSameRun() {
        for (long seed = 1001; seed <= 1005; seed++) {
            Simulation.Result first = Simulation.run(seed, STEPS, directory.resolve("first"));
            Simulation.Result second = Simulation.run(seed, STEPS, directory.resolve("second"));
            assertThat(second).isEqualTo(first);
        }
        assertThat(Simulation.run(7, STEPS, directory.resolve("third")).digest())
                .isNotEqualTo(
                        Simulation.run(8, STEPS, directory.resolve("third")).digest());
    }
}
