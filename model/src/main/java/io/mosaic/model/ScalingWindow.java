package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * A number of instances from each time that a cron names. Of several windows that are open at once, the one that opened last
 * counts; of two that opened together, the larger.
 *
 * @param name for events and previews; absent: its cron
 * @param cron five fields, such as {@code 0 11 * * MON-FRI}: minute, hour, day of the month, month, day of the week
 * @param zone as the IANA database names it, such as {@code Asia/Shanghai}; absent: UTC
 * @param replicas wanted while it is open
 * @param lasts how long it stays open; absent: until it, or another one, opens
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ScalingWindow(
        @Nullable String name,
        @Nullable String cron,
        String zone,
        @Nullable Integer replicas,
        @Nullable Interval lasts) {

    public ScalingWindow {
        zone = zone == null ? "UTC" : zone;
    }

    /** What a checked one has. */
    public String cronOrEmpty() {
        return cron == null ? "" : cron;
    }

    /** What a checked one has. */
    public int replicasOrNone() {
        return replicas == null ? 0 : replicas;
    }

    /** How events and previews call it. */
    public String title() {
        return name == null ? cronOrEmpty() + " " + zone : name;
    }
}
