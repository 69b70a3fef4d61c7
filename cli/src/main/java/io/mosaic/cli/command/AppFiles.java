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
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Apps in files, for what needs no cluster. */
final class AppFiles {

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
}
