package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What a set may read from and write to the devices below its volume and its root file systems, each of them by itself.
 * An absent figure is no limit.
 *
 * @param readBps bytes read a second
 * @param writeBps bytes written a second; on cgroup v1 only writes past the page cache are held to it
 * @param readIops reads a second
 * @param writeIops writes a second
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record IoLimits(
        @Nullable Bytes readBps,
        @Nullable Bytes writeBps,
        @Nullable Long readIops,
        @Nullable Long writeIops) {

    /** One page a second: the kernel counts in pages. */
    public static final Bytes BPS_MIN = new Bytes(4096);

    /** More than any device does. */
    public static final Bytes BPS_MAX = new Bytes(1L << 40);

    public static final long IOPS_MAX = 100_000_000;

    /** That many percent of it, nothing below what the kernel takes. */
    public IoLimits percent(int percent) {
        return new IoLimits(
                part(readBps, percent), part(writeBps, percent), part(readIops, percent), part(writeIops, percent));
    }

    private static @Nullable Bytes part(@Nullable Bytes bps, int percent) {
        return bps == null
                ? null
                : new Bytes(Math.max(BPS_MIN.value(), bps.percent(percent).value()));
    }

    private static @Nullable Long part(@Nullable Long iops, int percent) {
        return iops == null ? null : Math.max(1, iops * percent / 100);
    }
}
