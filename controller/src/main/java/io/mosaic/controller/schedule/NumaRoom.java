package io.mosaic.controller.schedule;

import io.mosaic.controller.cluster.HostLoad;
import io.mosaic.model.CpuList;
import io.mosaic.model.Cpuset;
import io.mosaic.model.HostInventory;
import io.mosaic.model.NumaNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cores and the memory of each NUMA node of a host that no set has for itself. A core is given once, whatever the pool
 * overcommits. Used by one thread.
 */
final class NumaRoom {

    private static final class Node {
        private final int id;
        private final BitSet free;
        private long memory;

        Node(NumaNode node) {
            this.id = node.id();
            this.free = CpuList.parse(node.cpus());
            this.memory = node.memory().value();
        }
    }

    private final List<Node> nodes = new ArrayList<>();

    NumaRoom(@Nullable HostInventory inventory, HostLoad load) {
        if (inventory == null) {
            return;
        }
        inventory.numa().forEach(node -> nodes.add(new Node(node)));
        nodes.sort(Comparator.comparingInt(node -> node.id));
        for (HostLoad.NumaUse use : load.numa()) {
            take(use.cpuset(), use.memoryBytes());
        }
    }

    /** The cores that such a set would get: of the node that it leaves fullest, then the first; null when none has them. */
    @Nullable
    Cpuset fit(int cores, long memory) {
        Node best = null;
        for (Node node : nodes) {
            if (node.memory >= memory
                    && node.free.cardinality() >= cores
                    && (best == null || node.free.cardinality() < best.free.cardinality())) {
                best = node;
            }
        }
        if (best == null) {
            return null;
        }
        BitSet chosen = new BitSet();
        for (int cpu = best.free.nextSetBit(0); cpu >= 0 && chosen.cardinality() < cores; ) {
            chosen.set(cpu);
            cpu = best.free.nextSetBit(cpu + 1);
        }
        return new Cpuset(best.id, CpuList.text(chosen));
    }

    /** Whether some node has them. */
    boolean fits(int cores, long memory) {
        for (Node node : nodes) {
            if (node.memory >= memory && node.free.cardinality() >= cores) {
                return true;
            }
        }
        return false;
    }

    /** Whatever node they are of: a host may have been rebuilt since they were given. */
    void take(Cpuset cpuset, long memory) {
        BitSet cpus = CpuList.parse(cpuset.cpus());
        for (Node node : nodes) {
            node.free.andNot(cpus);
            if (node.id == cpuset.node()) {
                node.memory -= memory;
            }
        }
    }
}
