package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.model.AppUsage;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.SetUsage;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What sets and apps use, in one line. */
final class UsageViews {
    private static final double MILLIS = 1000.0;
    private static final double FULL = 100.0;
    private static final double KIBI = 1 << 10;
    private static final double MEBI = 1 << 20;

    private UsageViews() {}

    /** Of a set; why not, when that is not known. */
    static String of(Session session, SetResource set) {
        if (set.status().state() != SetState.RUNNING) {
            return "";
        }
        try {
            SetUsage usage = session.client().sets().usage(set.name());
            return cpu(
                            usage.cpuMillis(),
                            set.spec().resourcesOrNone().cpuOrZero().millis())
                    + ", "
                    + memory(
                            usage.memoryBytes(),
                            set.spec().resourcesOrNone().memoryOrZero().value())
                    + rate("network", usage.networkBytes()) + rate("disk", usage.diskBytes());
        } catch (ProblemException e) {
            return "not known: " + e.getMessage();
        }
    }

    /** Of an app; empty when nothing is known. */
    static String ofApp(Session session, String name) {
        try {
            AppUsage usage = session.client().apps().usage(name);
            return usage.instances() == 0 ? "" : of(usage);
        } catch (ProblemException e) {
            return "not known: " + e.getMessage();
        }
    }

    private static String of(AppUsage usage) {
        return cpu(usage.cpuMillis(), usage.cpuLimitMillis())
                + ", " + memory(usage.memoryBytes(), usage.memoryLimitBytes())
                + rate("network", usage.networkBytes()) + rate("disk", usage.diskBytes())
                + " (" + usage.instances() + " of " + usage.replicas() + " known)";
    }

    private static String cpu(long used, long limit) {
        return String.format(Locale.ROOT, "cpu %.2f cores", used / MILLIS) + percent(used, limit);
    }

    private static String memory(long used, long limit) {
        return String.format(Locale.ROOT, "memory %.0fMi", used / MEBI) + percent(used, limit);
    }

    private static String percent(long used, long limit) {
        return limit <= 0 ? "" : String.format(Locale.ROOT, " (%.0f%%)", FULL * used / limit);
    }

    private static String rate(String what, @Nullable Long bytes) {
        if (bytes == null) {
            return "";
        }
        return bytes < MEBI
                ? String.format(Locale.ROOT, ", %s %.1fKi/s", what, bytes / KIBI)
                : String.format(Locale.ROOT, ", %s %.1fMi/s", what, bytes / MEBI);
    }
}
