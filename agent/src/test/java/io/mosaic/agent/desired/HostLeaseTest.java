package io.mosaic.agent.desired;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostLeaseTest {
    @TempDir
    Path directory;

    private final AtomicLong nanos = new AtomicLong(Duration.ofMinutes(5).toNanos());

    private void pass(int seconds) {
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

    @Test
    void countsFromWhenTheAnsweredMessageWasSent() {
        HostLease lease = new HostLease(nanos::get, HostLease.Kept.NOTHING);
        assertThat(lease.age()).isNull();
        long hello = lease.moment();
        pass(3);
        lease.granted(hello);
        assertThat(lease.age()).isEqualTo(Duration.ofSeconds(3));
        long beat = lease.moment();
        pass(1);
        assertThat(lease.continued(beat)).isTrue();
        assertThat(lease.age()).isEqualTo(Duration.ofSeconds(1));
        assertThat(lease.continued(hello)).as("an older answer that comes late").isTrue();
        assertThat(lease.age()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void onlyAHelloRenewsItOnceItWasTooOld() {
        HostLease lease = new HostLease(nanos::get, HostLease.Kept.NOTHING);
        assertThat(lease.continued(lease.moment())).as("before any hello").isFalse();
        lease.granted(lease.moment());
        pass(8);
        assertThat(lease.continued(lease.moment())).isFalse();
        assertThat(lease.age()).isEqualTo(Duration.ofSeconds(8));
        lease.granted(lease.moment());
        pass(1);
        assertThat(lease.continued(lease.moment())).isTrue();
    }

    @Test
    void outlivesTheAgentButNotTheBoot() throws IOException {
        Path file = directory.resolve("lease");
        HostLease before = new HostLease(nanos::get, LeaseFile.open(file));
        before.granted(before.moment());
        pass(2);
        HostLease after = new HostLease(nanos::get, LeaseFile.open(file));
        assertThat(after.age()).isEqualTo(Duration.ofSeconds(2));

        String written = Files.readString(file);
        Files.writeString(file, "another-boot" + written.substring(written.indexOf(' ')));
        assertThat(new HostLease(nanos::get, LeaseFile.open(file)).age()).isNull();
        Files.writeString(file, "rubbish");
        assertThat(new HostLease(nanos::get, LeaseFile.open(file)).age()).isNull();
        Files.writeString(file, written.substring(0, written.indexOf(' ')) + " " + Long.MAX_VALUE);
        assertThat(new HostLease(nanos::get, LeaseFile.open(file)).age())
                .as("of a time to come")
                .isNull();
    }

    @Test
    void theBootClockIsTheKernels() {
        long first = LeaseFile.bootClock().getAsLong();
        long second = LeaseFile.bootClock().getAsLong();
        assertThat(first).isPositive();
        assertThat(second).isGreaterThanOrEqualTo(first);
    }
}
