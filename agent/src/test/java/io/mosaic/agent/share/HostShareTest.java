package io.mosaic.agent.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real hosts over loopback, with a repository and a tracker in memory. */
class HostShareTest {

    private static final int SIZE = 24_000_000;
    private static final int COUNT = 23;

    @TempDir
    Path directory;

    private ShareCluster cluster;
    private String digest;

    @BeforeEach
    void start() throws Exception {
        cluster = new ShareCluster(directory);
        digest = cluster.blob(SIZE, 1);
    }

    @AfterEach
    void stop() throws Exception {
        cluster.close();
    }

    private void requireWhole(Path file) throws IOException {
        assertThat(Files.mismatch(file, Files.write(directory.resolve("expected"), cluster.content(digest))))
                .isEqualTo(-1);
    }

    @Test
    void eachPieceLeavesTheRepositoryOnceHoweverManyHostsThereAre() throws Exception {
        List<ShareCluster.FakeOrigin> origins = new ArrayList<>();
        List<Future<Boolean>> fetches = new ArrayList<>();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 5; i++) {
                ShareCluster.FakeOrigin origin = cluster.origin("h" + i);
                HostShare share = cluster.share("h" + i, 0, ShareSettings.UPLOADS, ShareCluster.PATIENT);
                Path target = directory.resolve("got-" + i);
                origins.add(origin);
                fetches.add(executor.submit(() -> share.fetch(origin, digest, SIZE, target, bytes -> {})));
            }
            for (Future<Boolean> fetch : fetches) {
                assertThat(fetch.get()).isTrue();
            }
        }
        for (int i = 0; i < 5; i++) {
            requireWhole(directory.resolve("got-" + i));
        }
        long read = origins.stream().mapToLong(origin -> origin.read.get()).sum();
        assertThat(read).isEqualTo(SIZE);
    }

    @Test
    void withoutControllerTheRepositoryGivesAll() throws Exception {
        cluster.tracker.down = true;
        List<Long> heard = new ArrayList<>();
        ShareCluster.FakeOrigin origin = cluster.origin("h");
        assertThat(cluster.share("h").fetch(origin, digest, SIZE, directory.resolve("got"), heard::add))
                .isTrue();
        requireWhole(directory.resolve("got"));
        assertThat(origin.read).hasValue(SIZE);
        assertThat(heard).hasSize(COUNT).isSorted().endsWith((long) SIZE);
    }

    @Test
    void withoutWordOfPeersTheRepositoryGivesAllAfterAWhile() throws Exception {
        cluster.tracker.gives = false;
        assertThat(cluster.share("h").fetch(cluster.origin("h"), digest, SIZE, directory.resolve("got"), bytes -> {}))
                .isTrue();
        requireWhole(directory.resolve("got"));
    }

    @Test
    void smallBlobsAreNotShared() throws Exception {
        String small = cluster.blob(1000, 2);
        Path target = directory.resolve("got");
        assertThat(cluster.share("h").fetch(cluster.origin("h"), small, 1000, target, bytes -> {}))
                .isFalse();
        assertThat(target).doesNotExist();
    }

    @ParameterizedTest
    @EnumSource(FakePeer.Fault.class)
    void aBadPeerSpoilsNothing(FakePeer.Fault fault) throws Exception {
        FakePeer bad = cluster.keep(new FakePeer(
                cluster.content(digest), cluster.pieces(digest).pieceBytes(), fault, cluster.tls(cluster.host("bad"))));
        cluster.tracker.serves("bad", bad.address(), COUNT);
        HostShare good = cluster.share("good");
        ShareCluster.FakeOrigin origin = cluster.origin("good");

        assertThat(good.fetch(origin, digest, SIZE, directory.resolve("got"), bytes -> {}))
                .isTrue();

        requireWhole(directory.resolve("got"));
        assertThat(origin.read).hasValue(SIZE);
        assertThat(bad.calls.get()).as("it was asked").isPositive();
        switch (fault) {
            case WRONG, SHORT, LONG -> {
                assertThat(bad.calls.get()).as("but not again").isLessThanOrEqualTo(2);
                assertThat(cluster.tracker.wrong).contains("bad");
            }
            default -> assertThat(cluster.tracker.wrong).isEmpty();
        }
    }

    @Test
    void anotherHostAtAPeersAddressIsNotThatPeer() throws Exception {
        FakePeer other = cluster.keep(new FakePeer(
                cluster.content(digest),
                cluster.pieces(digest).pieceBytes(),
                FakePeer.Fault.WRONG,
                cluster.tls(cluster.host("other"))));
        cluster.tracker.serves("meant", other.address(), COUNT);
        assertThat(cluster.share("h").fetch(cluster.origin("h"), digest, SIZE, directory.resolve("got"), bytes -> {}))
                .isTrue();
        requireWhole(directory.resolve("got"));
        assertThat(cluster.tracker.wrong)
                .as("it is not to blame for another's bytes")
                .isEmpty();
    }

    @Test
    void aPeerThatVanishesInTheMiddleSpoilsNothing() throws Exception {
        HostShare seed = cluster.share("seed", 4_000_000, 4);
        assertThat(seed.fetch(cluster.origin("seed"), digest, SIZE, directory.resolve("seeded"), bytes -> {}))
                .isTrue();
        ShareCluster.FakeOrigin origin = cluster.origin("h");
        HostShare share = cluster.share("h");
        assertThat(share.fetch(origin, digest, SIZE, directory.resolve("got"), bytes -> {
                    if (bytes > SIZE / 4 && seed.served() > 0) {
                        seed.close();
                    }
                }))
                .isTrue();
        requireWhole(directory.resolve("got"));
        assertThat(origin.read.get()).as("the rest came from the repository").isPositive();
    }

    @Test
    void whatIsThereAlreadyIsFetchedByNobodyAgain() throws Exception {
        HostShare share = cluster.share("h");
        share.fetch(cluster.origin("h"), digest, SIZE, directory.resolve("first"), bytes -> {});
        ShareCluster.FakeOrigin origin = cluster.origin("h");
        assertThat(share.fetch(origin, digest, SIZE, directory.resolve("second"), bytes -> {}))
                .isTrue();
        requireWhole(directory.resolve("second"));
        assertThat(origin.read).hasValue(0);
    }

    @Test
    void aFetchThatIsCutOffLeavesNothingAndCanBeginAgain() throws Exception {
        HostShare share = cluster.share("h");
        ShareCluster.FakeOrigin origin = cluster.origin("h");
        origin.down = true;
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> fetch =
                    executor.submit(() -> share.fetch(origin, digest, SIZE, directory.resolve("got"), bytes -> {}));
            // Long enough for it to have begun; it ends the same way if it has not.
            Thread.sleep(200);
            fetch.cancel(true);
        }
        assertThat(directory.resolve("got")).doesNotExist();
        try (Stream<Path> files = Files.list(directory.resolve("share-h0"))) {
            assertThat(files).isEmpty();
        }
        origin.down = false;
        assertThat(share.fetch(origin, digest, SIZE, directory.resolve("got"), bytes -> {}))
                .isTrue();
        requireWhole(directory.resolve("got"));
    }
}
