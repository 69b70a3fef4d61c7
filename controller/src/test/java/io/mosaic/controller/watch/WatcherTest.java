package io.mosaic.controller.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.controller.cluster.Change;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.HostState;
import io.mosaic.model.HostStatus;
import io.mosaic.model.Kind;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.Role;
import io.mosaic.model.TokenResource;
import io.mosaic.model.TokenSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class WatcherTest {

    private static HostResource host(String zone, long revision) {
        return new HostResource(
                "h1",
                new UUID(1, 1),
                revision,
                Instant.EPOCH,
                new HostSpec(zone, null, false, Map.of()),
                new HostStatus(HostState.READY, null, null, Instant.EPOCH));
    }

    private static WatchedChange put(String zone, long revision) {
        return new WatchedChange(new Change.Put(host(zone, revision)));
    }

    @Test
    void tellsOfAResourceThatStopsToMatchAsGoneOnce() {
        Watcher watcher = new Watcher(
                new WatchFilter(
                        Kind.HOST,
                        ResourceKey.CLUSTER,
                        resource -> ((HostResource) resource).spec().zone().equals("a")),
                10);
        assertThat(watcher.concerns(put("a", 1))).isFalse();
        assertThat(watcher.concerns(put("b", 2))).isTrue();
        assertThat(watcher.concerns(put("b", 3))).isNull();
        assertThat(watcher.concerns(new WatchedChange(new Change.Delete(host("b", 3), 4))))
                .isNull();
        assertThat(watcher.concerns(put("a", 5))).isFalse();
        assertThat(watcher.concerns(new WatchedChange(new Change.Delete(host("a", 5), 6))))
                .isTrue();
    }

    @Test
    void cutsOffWhoDoesNotKeepUpAndKeepsWhatCameBefore() throws InterruptedException {
        Mailbox<Integer> mailbox = new Mailbox<>(2);
        mailbox.offer(1);
        mailbox.offer(2);
        mailbox.offer(3);
        assertThat(mailbox.isCutOff()).isTrue();
        assertThat(mailbox.poll(Duration.ofSeconds(5))).isEqualTo(1);
        mailbox.offer(4);
        assertThat(mailbox.poll(Duration.ofSeconds(5))).isEqualTo(2);
        assertThat(mailbox.poll(Duration.ofSeconds(5))).isNull();
        assertThat(mailbox.isDrained()).isFalse();
    }

    @Test
    void writesAnEventOnceAndWithoutSecrets() {
        TokenSpec spec = new TokenSpec(TokenSpec.Purpose.API, Role.ADMIN, List.of(), null, "abcdef");
        WatchedChange change =
                new WatchedChange(new Change.Put(new TokenResource("t", new UUID(1, 2), 7, Instant.EPOCH, spec)));
        assertThat(change.bytes(false)).isSameAs(change.bytes(false));
        assertThat(new String(change.bytes(false), StandardCharsets.UTF_8))
                .startsWith("id: 7\nevent: put\ndata: {\"kind\":\"token\"")
                .endsWith("}\n\n")
                .doesNotContain("abcdef");
    }
}
