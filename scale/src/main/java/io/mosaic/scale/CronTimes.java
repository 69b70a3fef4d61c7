package io.mosaic.scale;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The times that a cron names in a time zone. Immutable and thread-safe. */
final class CronTimes {

    private static final CronDefinition UNIX = CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX);
    private static final List<String> FIELDS =
            List.of("minute", "hour", "day of the month", "month", "day of the week");
    private static final Pattern BLANKS = Pattern.compile("\\s+");

    private final ExecutionTime times;
    private final ZoneId zone;

    private CronTimes(ExecutionTime times, ZoneId zone) {
        this.times = times;
        this.zone = zone;
    }

    /**
     * Reads five fields.
     *
     * @throws IllegalArgumentException saying which field is at fault
     */
    static CronTimes parse(String cron, ZoneId zone) {
        String[] fields = BLANKS.split(cron.strip(), -1);
        if (fields.length != FIELDS.size()) {
            throw new IllegalArgumentException("must have five fields (" + String.join(", ", FIELDS) + "), not "
                    + (cron.isBlank() ? 0 : fields.length));
        }
        for (int i = 0; i < fields.length; i++) {
            String alone = "* ".repeat(i) + fields[i] + " *".repeat(fields.length - 1 - i);
            String fault = fault(alone);
            if (fault != null) {
                throw new IllegalArgumentException(
                        "the " + FIELDS.get(i) + ", \"" + fields[i] + "\", is wrong: " + fault);
            }
        }
        Cron parsed = new CronParser(UNIX).parse(cron.strip()).validate();
        return new CronTimes(ExecutionTime.forCron(parsed), zone);
    }

    private static @Nullable String fault(String cron) {
        try {
            new CronParser(UNIX).parse(cron).validate();
            return null;
        } catch (IllegalArgumentException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            return String.valueOf(root.getMessage());
        }
    }

    /** The latest of its times that is not after that one; null when there is none. */
    @Nullable
    Instant lastBy(Instant at) {
        // Its times are whole minutes, and the library's question leaves the moment itself out.
        return times.lastExecution(local(at.plusSeconds(1)))
                .map(ZonedDateTime::toInstant)
                .orElse(null);
    }

    /** The first of its times after that one; null when there is none. */
    @Nullable
    Instant firstAfter(Instant at) {
        return times.nextExecution(local(at)).map(ZonedDateTime::toInstant).orElse(null);
    }

    private ZonedDateTime local(Instant at) {
        return at.atZone(zone);
    }
}
