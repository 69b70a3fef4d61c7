package io.mosaic.agent.cgroup;

import io.mosaic.model.Bytes;
import io.mosaic.model.CpuList;
import io.mosaic.model.NumaNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The NUMA nodes of this machine, as the kernel tells. */
public final class NumaTopology {

    private static final Pattern NODE = Pattern.compile("node([0-9]{1,4})");
    private static final Pattern TOTAL = Pattern.compile("MemTotal:\\s*([0-9]{1,15}) kB");

    private NumaTopology() {}

    /**
     * The nodes that have processors, by id; none when the kernel does not tell.
     *
     * @param root of the file system that holds {@code sys}
     * @throws IOException when what it tells cannot be read or understood
     */
    public static List<NumaNode> read(Path root) throws IOException {
        Path directory = root.resolve("sys/devices/system/node");
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<NumaNode> nodes = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "node*")) {
            for (Path entry : entries) {
                Matcher name = NODE.matcher(entry.getFileName().toString());
                if (name.matches()) {
                    node(entry, Integer.parseInt(name.group(1)), nodes);
                }
            }
        } catch (IllegalArgumentException e) {
            throw new IOException("the NUMA nodes in " + directory + " are not understood: " + e.getMessage(), e);
        }
        nodes.sort(Comparator.comparingInt(NumaNode::id));
        return nodes;
    }

    private static void node(Path directory, int id, List<NumaNode> nodes) throws IOException {
        String cpus = Files.readString(directory.resolve("cpulist"), StandardCharsets.US_ASCII);
        Matcher memory = TOTAL.matcher(Files.readString(directory.resolve("meminfo"), StandardCharsets.US_ASCII));
        if (!CpuList.parse(cpus).isEmpty() && memory.find()) {
            nodes.add(new NumaNode(id, cpus, new Bytes(Long.parseLong(memory.group(1)) * 1024)));
        }
    }
}
