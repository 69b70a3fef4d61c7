package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.term.Console;
import io.mosaic.model.AppSpec;
import io.mosaic.model.AppSpecRules;
import io.mosaic.model.Json;
import io.mosaic.model.ScalingPolicy;
import io.mosaic.scale.Schedule;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Apps in files, for what needs no cluster. */
final class AppFiles {

    static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("EEE yyyy-MM-dd HH:mm", Locale.ROOT);

    private AppFiles() {}

    /**
     * The one app of that file, checked.
     *
     * @throws CliException when it holds several
     */
    static AppSpec one(Console console, String file) throws IOException {
        List<JsonNode> documents = Documents.read(console, file);
        if (documents.size() != 1) {
            throw new CliException(ExitCode.FAILED, file + " holds " + documents.size() + " apps; one is needed");
        }
        return Schedule.require(AppSpecRules.require(Json.read(Json.bytes(documents.getFirst()), AppSpec.class)));
    }

    /** @throws CliException when nobody but people scales it */
    static ScalingPolicy scaling(AppSpec spec) {
        ScalingPolicy policy = spec.scaling();
        if (policy == null) {
            throw new CliException(ExitCode.FAILED, "app " + spec.nameOrEmpty() + " has no scaling");
        }
        return policy;
    }

    /**
     * Whose clock to show.
     *
     * @param asked absent: that of the first window, or UTC
     * @throws CliException when there is no such zone
     */
    static ZoneId zone(@Nullable String asked, ScalingPolicy policy) {
        try {
            String first = policy.windows().isEmpty()
                    ? "UTC"
                    : policy.windows().getFirst().zone();
            return ZoneId.of(asked == null ? first : asked);
        } catch (DateTimeException e) {
            throw new CliException(ExitCode.USAGE, "--zone: there is no time zone " + asked);
        }
    }
}
