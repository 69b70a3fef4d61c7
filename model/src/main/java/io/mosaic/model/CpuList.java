package io.mosaic.model;

import java.util.BitSet;
import java.util.regex.Pattern;

/** Lists of processors as the kernel writes them, such as {@code 0-3,8}. */
public final class CpuList {

    /** Above any machine; bounds what a number may ask for. */
    private static final int CPUS_MAX = 8192;

    private static final Pattern RANGE = Pattern.compile("[0-9]{1,5}(-[0-9]{1,5})?");

    private CpuList() {}

    /** @throws IllegalArgumentException when it is no such list */
    public static BitSet parse(String list) {
        BitSet cpus = new BitSet();
        if (list.isBlank()) {
            return cpus;
        }
        for (String range : list.strip().split(",", -1)) {
            if (!RANGE.matcher(range).matches()) {
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

    /** The shortest list of these processors, in order. */
    public static String text(BitSet cpus) {
        StringBuilder text = new StringBuilder();
        for (int first = cpus.nextSetBit(0); first >= 0; ) {
            int end = cpus.nextClearBit(first);
            text.append(text.isEmpty() ? "" : ",").append(first);
            if (end - 1 > first) {
                text.append('-').append(end - 1);
            }
            first = cpus.nextSetBit(end);
        }
        return text.toString();
    }
}
