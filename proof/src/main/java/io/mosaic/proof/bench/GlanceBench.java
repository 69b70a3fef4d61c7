package io.mosaic.proof.bench;

import io.mosaic.model.Json;
import io.mosaic.proof.rig.GlanceRig;
import io.mosaic.proof.rig.HostCommand;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The Glance API beside Debian's {@code glance-api}: a disk of 100 MiB by curl there and back, in turns, and how many calls
 * about what is said of images are answered a second.
 */
final class GlanceBench {

    private static final int MEBI = 1 << 20;
    private static final int DISK_MEBI = 100;

    /** Images that the lists are of. */
    private static final int IMAGES = 50;

    private static final int CONNECTIONS = 8;

    /** Until ours is compiled: after 16 s it still became a little faster. */
    private static final Duration WARM_UP = Duration.ofSeconds(16);

    private static final Duration MEASURED = Duration.ofSeconds(6);
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    /**
     * One of the two.
     *
     * @param token absent: it asks for none
     */
    private record Side(String name, int port, @Nullable String token) {
        URI at(String path) {
            return URI.create("http://127.0.0.1:" + port + path);
        }

        String headers() {
            return token == null ? "" : "X-Auth-Token: " + token + "\r\n";
        }
    }

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Path disk;

    private GlanceBench(Path disk) {
        this.disk = disk;
    }

    /** Runs it with a repository of its own. */
    static String run(BenchParts parts, int rounds, List<String> jvmOptions) throws IOException, InterruptedException {
        return run(parts, MosaicImages.start(parts, jvmOptions), rounds);
    }

    /**
     * Runs it against a repository that serves already.
     *
     * @return {@code glance_up_ratio= glance_down_ratio= meta_ratio=}; above 1 is faster than the peer
     */
    static String run(BenchParts parts, MosaicImages repository, int rounds) throws IOException, InterruptedException {
        Side mosaic = new Side("mosaic", repository.port(), repository.token());
        Side peer = new Side(
                "glance-api", parts.add(GlanceRig.start("bench-glance")).port(), null);
        Path disk = Files.createTempFile(Path.of("/dev/shm"), "mosaic-bench-disk", ".raw");
        parts.add(() -> Files.deleteIfExists(disk));
        write(disk);
        GlanceBench bench = new GlanceBench(disk);
        List<Long> up = new ArrayList<>();
        List<Long> down = new ArrayList<>();
        List<Long> peerUp = new ArrayList<>();
        List<Long> peerDown = new ArrayList<>();
        for (int i = 0; i <= rounds; i++) {
            // The first round warms up; another side begins in each.
            if (i == 1) {
                List.of(up, down, peerUp, peerDown).forEach(List::clear);
            }
            if (i % 2 == 0) {
                bench.transfer(mosaic, up, down);
                bench.transfer(peer, peerUp, peerDown);
            } else {
                bench.transfer(peer, peerUp, peerDown);
                bench.transfer(mosaic, up, down);
            }
        }
        double rate = bench.calls(mosaic);
        double peerRate = bench.calls(peer);
        System.out.printf(
                Locale.ROOT,
                "glance  up %.0f MB/s, peer %.0f; down %.0f MB/s, peer %.0f; %.0f calls/s, peer %.0f%n",
                rate(up),
                rate(peerUp),
                rate(down),
                rate(peerDown),
                rate,
                peerRate);
        return String.format(
                Locale.ROOT,
                "glance_up_ratio=%.2f glance_down_ratio=%.2f meta_ratio=%.1f",
                rate(up) / rate(peerUp),
                rate(down) / rate(peerDown),
                rate / peerRate);
    }

    private static void write(Path disk) throws IOException {
        byte[] content = new byte[DISK_MEBI * MEBI];
        new Random(1).nextBytes(content);
        Files.write(disk, content);
    }

    /** Megabytes a second, of the median. */
    private static double rate(List<Long> nanos) {
        return DISK_MEBI * (double) MEBI / 1e3 / Percentiles.of(nanos).millis(50);
    }

    private void transfer(Side side, List<Long> up, List<Long> down) throws IOException, InterruptedException {
        HostCommand.run("sync");
        String image = create(side, "disk");
        String file = side.at(image + "/file").toString();
        up.add(curl(side, "-T", disk.toString(), "-H", "Content-Type: application/octet-stream", file));
        down.add(curl(side, "-o", "/dev/null", file));
        send(side, HttpRequest.newBuilder(side.at(image)).DELETE(), 204);
    }

    /** By its own clock: the start of the program does not count. */
    private static long curl(Side side, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("curl", "-sS", "-f", "-H", "X-Auth-Token: " + side.token(), "-w", "%{stderr}%{time_total}"));
        if (side.token() == null) {
            command.subList(3, 5).clear();
        }
        command.addAll(List.of(arguments));
        return (long) (Double.parseDouble(
                        HostCommand.run(command.toArray(String[]::new)).strip())
                * 1e9);
    }

    private String create(Side side, String name) throws IOException, InterruptedException {
        String body = "{\"name\":\"" + name + "\",\"disk_format\":\"raw\",\"container_format\":\"bare\"}";
        HttpResponse<byte[]> made = send(
                side,
                HttpRequest.newBuilder(side.at("/v2/images"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body)),
                201);
        return "/v2/images/" + Json.mapper().readTree(made.body()).path("id").asString();
    }

    private HttpResponse<byte[]> send(Side side, HttpRequest.Builder request, int status)
            throws IOException, InterruptedException {
        String token = side.token();
        if (token != null) {
            request.header("X-Auth-Token", token);
        }
        HttpResponse<byte[]> response = http.send(request.timeout(DEADLINE).build(), BodyHandlers.ofByteArray());
        if (response.statusCode() != status) {
            throw new IOException(side.name() + ": " + response.uri() + ": " + response.statusCode() + " "
                    + new String(response.body(), StandardCharsets.UTF_8));
        }
        return response;
    }

    /** Calls a second: nine that show an image, and then one that lists twenty. */
    private double calls(Side side) throws IOException, InterruptedException {
        List<String> images = new ArrayList<>();
        for (int i = 0; i < IMAGES; i++) {
            images.add(create(side, "meta" + i));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS)) {
            load(side, images, threads, WARM_UP);
            return load(side, images, threads, MEASURED);
        } finally {
            for (String each : images) {
                send(side, HttpRequest.newBuilder(side.at(each)).DELETE(), 204);
            }
        }
    }

    private static double load(Side side, List<String> images, ExecutorService threads, Duration time)
            throws IOException, InterruptedException {
        long begin = System.nanoTime();
        long end = begin + time.toNanos();
        List<Callable<Long>> callers = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            int first = i;
            callers.add(() -> call(side, images, first, end));
        }
        long calls = 0;
        for (Future<Long> each : threads.invokeAll(callers)) {
            try {
                calls += each.get();
            } catch (ExecutionException e) {
                throw new IOException("a connection broke off", e);
            }
        }
        return calls * 1e9 / (System.nanoTime() - begin);
    }

    private static long call(Side side, List<String> images, int first, long end) throws IOException {
        long calls = 0;
        try (KeepAlive connection = KeepAlive.plain(side.port(), side.headers())) {
            while (System.nanoTime() < end) {
                String path =
                        calls % 10 == 9 ? "/v2/images?limit=20" : images.get((int) ((calls + first) % images.size()));
                int status = connection.getWhole(path);
                if (status != 200) {
                    throw new IOException(side.name() + ": " + path + ": " + status);
                }
                calls++;
            }
        }
        return calls;
    }
}
