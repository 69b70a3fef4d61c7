package io.mosaic.model;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A key of the kernel's cgroups that a set may ask for by name, beside the limits that have fields of their own. What is
 * not here is refused: a key that is one of our own limits would be two ways to say one thing, and others reach beyond the
 * container.
 */
public enum CgroupKey {
    SWAPPINESS("memory.swappiness", 1, Form.NUMBER, 0, 100, "60"),
    SOFT_LIMIT("memory.soft_limit_in_bytes", 1, Form.BYTES, 4096, Long.MAX_VALUE / 2, "-1"),
    CFS_BURST("cpu.cfs_burst_us", 1, Form.NUMBER, 0, 10_000_000, "0"),
    BLKIO_WEIGHT("blkio.weight", 1, Form.NUMBER, 10, 1000, "500"),
    BLKIO_BFQ_WEIGHT("blkio.bfq.weight", 1, Form.NUMBER, 1, 1000, "100"),
    READ_BPS("blkio.throttle.read_bps_device", 1, Form.DEVICE, 1, Long.MAX_VALUE / 2, "0"),
    WRITE_BPS("blkio.throttle.write_bps_device", 1, Form.DEVICE, 1, Long.MAX_VALUE / 2, "0"),
    READ_IOPS("blkio.throttle.read_iops_device", 1, Form.DEVICE, 1, IoLimits.IOPS_MAX, "0"),
    WRITE_IOPS("blkio.throttle.write_iops_device", 1, Form.DEVICE, 1, IoLimits.IOPS_MAX, "0"),
    HIGH("memory.high", 2, Form.BYTES, 4096, Long.MAX_VALUE / 2, "max"),
    LOW("memory.low", 2, Form.BYTES, 0, Long.MAX_VALUE / 2, "0"),
    MIN("memory.min", 2, Form.BYTES, 0, Long.MAX_VALUE / 2, "0"),
    OOM_GROUP("memory.oom.group", 2, Form.NUMBER, 0, 1, "0"),
    MAX_BURST("cpu.max.burst", 2, Form.NUMBER, 0, 10_000_000, "0"),
    IO_WEIGHT("io.weight", 2, Form.NUMBER, 1, 10_000, "100"),
    PIDS("pids.max", 0, Form.NUMBER, 1, 4_194_304, "max");

    /** How its value is written. */
    public enum Form {
        /** A whole number. */
        NUMBER,
        /** Bytes, which the kernel rounds down to whole pages; our spelling of sizes is understood. */
        BYTES,
        /** {@code MAJOR:MINOR NUMBER}, of one block device. */
        DEVICE
    }

    private static final Pattern DEVICE_VALUE = Pattern.compile("([0-9]{1,6}:[0-9]{1,8}) ([0-9]{1,18})");

    private static final Map<String, CgroupKey> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toMap(key -> key.file, key -> key, (a, b) -> a, TreeMap::new));

    private final String file;
    private final int version;
    private final Form form;
    private final long least;
    private final long most;
    private final String unset;

    CgroupKey(String file, int version, Form form, long least, long most, String unset) {
        this.file = file;
        this.version = version;
        this.form = form;
        this.least = least;
        this.most = most;
        this.unset = unset;
    }

    /** The key of that name; null when none may be asked for. */
    public static @Nullable CgroupKey of(String name) {
        return BY_NAME.get(name);
    }

    /** All names, for a person. */
    public static String names() {
        return String.join(", ", BY_NAME.keySet());
    }

    /** The file in the container's cgroup. */
    public String file() {
        return file;
    }

    /** Its controller in cgroup v1, such as {@code memory}. */
    public String controller() {
        return file.substring(0, file.indexOf('.'));
    }

    public Form form() {
        return form;
    }

    /** Whether hosts with that version of cgroups, 1 or 2, may have it. */
    public boolean in(int cgroups) {
        return version == 0 || version == cgroups;
    }

    /** What a container has that nobody asked for it, to go back to; of {@link Form#DEVICE} the number. */
    public String unset() {
        return unset;
    }

    /** What is wrong with a value, as a rule; null when it is good. */
    public @Nullable String fault(String value) {
        try {
            long number = switch (form) {
                case NUMBER -> whole(value);
                case BYTES -> Bytes.parse(value).value();
                case DEVICE -> {
                    var parts = DEVICE_VALUE.matcher(value);
                    yield parts.matches() ? whole(parts.group(2)) : -1;
                }
            };
            if (number >= least && number <= most) {
                return null;
            }
        } catch (IllegalArgumentException e) {
            // Said below, with the range.
        }
        return switch (form) {
            case NUMBER -> "must be a whole number of " + least + " to " + most;
            case BYTES -> "must be a size, such as 64Mi";
            case DEVICE -> "must be MAJOR:MINOR and a number, such as \"8:0 1048576\"";
        };
    }

    /** A good value as the kernel is told. */
    public String kernelValue(String value) {
        return form == Form.BYTES ? Long.toString(Bytes.parse(value).value()) : value;
    }

    private static long whole(String text) {
        if (!text.matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException("not a whole number");
        }
        return Long.parseLong(text);
    }
}
