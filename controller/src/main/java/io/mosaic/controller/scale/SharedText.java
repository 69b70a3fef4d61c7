package io.mosaic.controller.scale;

import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import io.mosaic.model.ResourceKey;
import io.mosaic.scale.Recommendations;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One controller's part of {@link SharedUse}, as text for the database.
 *
 * @param apps what the instances on its hosts use
 * @param epoch in which it led last; 0: never
 * @param memory what it recommended in that epoch
 */
public record SharedText(List<AppUse> apps, long epoch, Map<ResourceKey, Recommendations> memory) {

    private static final Logger LOG = LoggerFactory.getLogger(SharedText.class);

    public static final SharedText NOTHING = new SharedText(List.of(), 0, Map.of());

    /** How it is written. */
    record Written(
            @Nullable List<AppUse> apps,
            long epoch,
            @Nullable List<Remembered> memory) {}

    /** Four numbers a span: from and to, in seconds, then the least and the most. */
    record Remembered(String tenant, String app, List<List<Long>> spans) {}

    public String text() {
        List<Remembered> remembered = new ArrayList<>();
        memory.forEach((key, recommendations) -> remembered.add(new Remembered(
                key.tenant(),
                key.name(),
                recommendations.spans().stream()
                        .map(span -> List.of(
                                span.from().getEpochSecond(), span.to().getEpochSecond(), (long) span.least(), (long)
                                        span.most()))
                        .toList())));
        return Json.write(new Written(apps, epoch, remembered));
    }

    /** Reads it; what another version wrote otherwise counts as nothing. */
    public static SharedText parse(String text) {
        try {
            Written written = Json.read(text, Written.class);
            Map<ResourceKey, Recommendations> memory = new HashMap<>();
            List<Remembered> remembered = written.memory() == null ? List.of() : written.memory();
            for (Remembered each : remembered) {
                List<Recommendations.Span> spans = each.spans().stream()
                        .map(numbers -> new Recommendations.Span(
                                Instant.ofEpochSecond(numbers.get(0)),
                                Instant.ofEpochSecond(numbers.get(1)),
                                Math.toIntExact(numbers.get(2)),
                                Math.toIntExact(numbers.get(3))))
                        .toList();
                memory.put(ResourceKey.app(each.tenant(), each.app()), new Recommendations(spans));
            }
            return new SharedText(written.apps() == null ? List.of() : written.apps(), written.epoch(), memory);
        } catch (ProblemException | IndexOutOfBoundsException | ArithmeticException | NullPointerException e) {
            LOG.warn("what another controller shares cannot be read, and counts as nothing: {}", e.getMessage());
            return NOTHING;
        }
    }
}
