package io.mosaic.agent.cgroup;

import java.util.BitSet;

/** Lists of processors such as {@code 0-3,8}, which may be written in several ways. */
final class CpuList {

    /** Above any machine; bounds what a number may ask for. */
    private static final int CPUS_MAX = 8192;

    private CpuList() {}

    static boolean same(String one, String other) {
        return parse(one).equals(parse(other));
    }

    /** @throws IllegalArgumentException when it is no such list */
    static BitSet parse(String list) {
        BitSet cpus = new BitSet();
        if (list.isBlank()) {
            return cpus;
        }
        for (String range : list.strip().split(",", -1)) {
            if (!range.matches("[0-9]{1,5}(-[0-9]{1,5})?")) {
                throw new IllegalArgumentException("not a list of processors: " + list);
            }
            int dash = range.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
            int last = Integer.parseInt(range.substring(dash + 1));
            if (first > last || last >= CPUS_MAX) {
                throw new IllegalArgumentException("not a list of processors: " + list);
            }
            cpus.set(first, last + 1);
        }
        return cpus;
    }
}
