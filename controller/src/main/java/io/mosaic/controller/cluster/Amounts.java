package io.mosaic.controller.cluster;

import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * Sums of cores and bytes as people read them. A sum over many sets may be larger than {@link Cpu} and {@link Bytes} take,
 * and is rounded down: "128Mi free" must not promise more than there is.
 */
public final class Amounts {

    private static final long MEBI = 1L << 20;
    private static final long GIBI = 1L << 30;

    private Amounts() {}

    /** Thousandths of a core, exactly: {@code 0.5}, {@code 12}. */
    public static String cpu(long millis) {
        return BigDecimal.valueOf(millis, 3).stripTrailingZeros().toPlainString();
    }

    /** Bytes: {@code 1Gi}, {@code 1536Mi}, {@code 37.4Gi}. */
    public static String bytes(long bytes) {
        if (bytes >= GIBI && bytes % GIBI == 0) {
            return bytes / GIBI + "Gi";
        }
        if (bytes >= 10 * GIBI) {
            return BigDecimal.valueOf(bytes)
                            .divide(BigDecimal.valueOf(GIBI), 1, RoundingMode.DOWN)
                            .stripTrailingZeros()
                            .toPlainString()
                    + "Gi";
        }
        return bytes >= MEBI ? bytes / MEBI + "Mi" : String.format(Locale.ROOT, "%d", bytes);
    }
}
