package io.mosaic.controller.api;

import io.mosaic.kit.http.Notes;
import io.mosaic.model.AppSpec;
import io.mosaic.model.AppStatus;
import io.mosaic.model.AppUsage;
import io.mosaic.model.AppWebhook;
import io.mosaic.model.LoadCall;
import io.mosaic.model.MetricTarget;
import io.mosaic.model.ScalingPace;
import io.mosaic.model.ScalingPolicy;
import io.mosaic.model.ScalingStatus;
import io.mosaic.model.ScalingWindow;
import java.util.List;
import java.util.Map;

/** What the OpenAPI document says of the records of scaling beyond their types. */
final class ScalingNotes {

    private ScalingNotes() {}

    static void add(Notes notes) {
        notes.scalar(
                        MetricTarget.Target.class,
                        Map.of(
                                "description",
                                "Of one instance: \"60%\" of the set's limit, or an amount such as 0.5, \"512Mi\" or \"20M\".",
                                "type",
                                List.of("string", "number"),
                                "maxLength",
                                32))
                .component(AppSpec.class, "scaling", "Who scales it; absent: people alone.")
                .component(AppStatus.class, "scaling", "What its policies and load calls did.")
                .type(ScalingPolicy.class, "Windows and metrics are combined by maximum, within the bounds.")
                .component(ScalingPolicy.class, "minimum", "Fewest instances.", "default", 1)
                .required(ScalingPolicy.class, "maximum", "Most instances.")
                .component(ScalingPolicy.class, "windows", "Numbers of instances by the clock.")
                .component(ScalingPolicy.class, "metrics", "Targets on use.")
                .component(ScalingPolicy.class, "tolerance", "How far use may be off its target.", "default", "10%")
                .component(ScalingPolicy.class, "warmUp", "How long one runs before it counts.", "default", "30s")
                .component(ScalingPolicy.class, "up", "How fast metrics may scale out.")
                .component(ScalingPolicy.class, "down", "How fast metrics may scale in.")
                .component(ScalingPolicy.class, "hold", "How long a load call counts against them.", "default", "10m")
                .component(ScalingPolicy.class, "webhook", "Lets load calls be signed instead of having a token.")
                .type(ScalingWindow.class, "Of windows open at once, the one that opened last counts.")
                .required(ScalingWindow.class, "cron", "Minute, hour, day of month, month, day of week.")
                .component(
                        ScalingWindow.class, "zone", "Of the IANA database, such as Asia/Shanghai.", "default", "UTC")
                .required(ScalingWindow.class, "replicas", "Wanted while it is open.")
                .component(ScalingWindow.class, "lasts", "Absent: until it, or another one, opens.")
                .required(MetricTarget.class, "metric", "What is measured.")
                .required(MetricTarget.class, "target", "What one instance should carry.")
                .component(MetricTarget.class, "url", "A server among the controller's allowedPrometheus.")
                .component(MetricTarget.class, "query", "Its one value is what all instances carry together.")
                .component(ScalingPace.class, "stabilise", "For how long the metrics must have asked for it.")
                .component(ScalingPace.class, "perMinute", "Most instances, or percent, that come or go in a minute.")
                .component(ScalingPace.class, "cooldown", "Rest after the policies changed the number.")
                .type(ScalingStatus.class, "What the policies did, as far as it counts for what they may do next.")
                .type(LoadCall.class, "What a system outside asks for: replicas or delta.")
                .type(AppUsage.class, "What an app's instances use together.")
                .type(AppWebhook.class, "How load calls are sent without a token.");
    }
}
