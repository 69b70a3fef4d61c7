package io.mosaic.cli.local;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The options that the platform's own processes run with, in the one place from which whoever starts them takes them. What
 * they were chosen by is in docs/benchmarks.md.
 *
 * <p>The heap's limit is the operator's: {@code MOS_AGENT_HEAP}, {@code MOS_CONTROLLER_HEAP} and {@code MOS_IMAGES_HEAP},
 * such as {@code 256m} or {@code 4g}.
 */
public final class JvmOptions {

    /** Holds some hundred sets; live data with 100 is about 15 MiB. */
    static final String AGENT_HEAP = "64m";

    static final String CONTROLLER_HEAP = "1g";

    /** Holds the buffers of as many transfers at once as the repository takes on. */
    static final String IMAGES_HEAP = "512m";

    /** What {@code -Xmx} takes, in mebibytes or gibibytes. */
    private static final String HEAP = "[1-9][0-9]{0,4}[mMgG]";

    /**
     * The quick compiler alone: the controller of one machine mostly waits, and in a burst the thorough compiler takes the cores
     * from the Docker daemon.
     */
    private static final String QUICK_COMPILER = "-XX:TieredStopAtLevel=1";

    /**
     * The thorough compiler at once for ciphers and hashes, for which it alone knows the processor's own instructions: an agent
     * that brings an image over TLS would decipher at 77 MB/s of a core without, and does at some GB/s after a few MB with
     * (docs/benchmarks.md, realimage). For the rest of a process that mostly waits, only where it runs ten times as often as
     * usual.
     */
    private static final List<String> THOROUGH_FOR_CIPHERS = List.of(
            "-XX:Tier4InvocationThreshold=50000",
            "-XX:Tier4MinInvocationThreshold=6000",
            "-XX:Tier4CompileThreshold=150000",
            "-XX:Tier4BackEdgeThreshold=400000",
            "-XX:CompileCommand=quiet",
            "-XX:CompileCommand=CompileThresholdScaling,com.sun.crypto.provider.*::*,0.01",
            "-XX:CompileCommand=CompileThresholdScaling,sun.security.provider.*::*,0.01");

    /**
     * A small heap that grows no more than it must, and free memory given back: on one or two cores the serial collector
     * is as fast as any, and takes least beside the heap.
     */
    private static final List<String> SMALL = List.of(
            "-XX:+UseSerialGC",
            "-XX:TrimNativeHeapInterval=10000",
            "-XX:+ExitOnOutOfMemoryError",
            // grpc's netty and Helidon reach for memory in ways that the JDK would warn of at each start.
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    private JvmOptions() {}

    /**
     * For the agent, which shares its machine with the sets.
     *
     * @param environment may hold {@code MOS_AGENT_HEAP}
     * @throws IllegalArgumentException when that is no size
     */
    public static List<String> agent(Map<String, String> environment) {
        List<String> options = new ArrayList<>(List.of(
                "-Xms12m",
                "-Xmx" + heap(environment, "MOS_AGENT_HEAP", AGENT_HEAP),
                // A young generation sized by the limit would be three times this and touched whole before the first
                // collection.
                "-Xmn4m",
                "-XX:MinHeapFreeRatio=15",
                "-XX:MaxHeapFreeRatio=30",
                "-XX:ReservedCodeCacheSize=32m",
                "-Xss512k"));
        options.addAll(THOROUGH_FOR_CIPHERS);
        options.addAll(SMALL);
        return List.copyOf(options);
    }

    /**
     * For the controller that {@code mos up} starts beside an agent. One that serves thousands of hosts has a machine to
     * itself and wants both compilers and a larger heap.
     *
     * @param environment may hold {@code MOS_CONTROLLER_HEAP}
     * @throws IllegalArgumentException when that is no size
     */
    public static List<String> controller(Map<String, String> environment) {
        List<String> options = new ArrayList<>(List.of(
                "-Xms32m",
                "-Xmx" + heap(environment, "MOS_CONTROLLER_HEAP", CONTROLLER_HEAP),
                QUICK_COMPILER,
                "-XX:MinHeapFreeRatio=20",
                "-XX:MaxHeapFreeRatio=40"));
        options.addAll(SMALL);
        return List.copyOf(options);
    }

    /**
     * For the image repository that {@code mos up} starts beside them. It has both compilers: hashes are the better part of its
     * work, and only the thorough one knows the processor's own instructions for them.
     *
     * @param environment may hold {@code MOS_IMAGES_HEAP}
     * @throws IllegalArgumentException when that is no size
     */
    public static List<String> images(Map<String, String> environment) {
        List<String> options = new ArrayList<>(List.of(
                "-Xms16m",
                "-Xmx" + heap(environment, "MOS_IMAGES_HEAP", IMAGES_HEAP),
                "-XX:MinHeapFreeRatio=15",
                "-XX:MaxHeapFreeRatio=30",
                "-XX:ReservedCodeCacheSize=64m",
                "-Xss512k"));
        options.addAll(SMALL);
        return List.copyOf(options);
    }

    private static String heap(Map<String, String> environment, String key, String otherwise) {
        String heap = environment.getOrDefault(key, otherwise);
        if (!heap.matches(HEAP)) {
            throw new IllegalArgumentException(key + " must be a size such as 256m or 4g, not " + heap);
        }
        return heap;
    }
}
