package io.mosaic.proof.simhosts;

import io.mosaic.agent.desired.Reconciler;
import io.mosaic.agent.link.HostSide;
import io.mosaic.model.Bytes;
import io.mosaic.model.HostInventory;
import io.mosaic.model.HostSpec;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.SetReport;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A simulated host as its link sees it: what it has is made up, what it does is its reconciler's. */
record SimHostSide(FleetSettings settings, int number, Bytes disk, Reconciler reconciler, SimUsage use)
        implements HostSide {

    @Override
    public HostInventory inventory() {
        return new HostInventory(
                settings.cpu(),
                settings.memory(),
                disk,
                "amd64",
                "simulated",
                "simulated",
                "1.41",
                1,
                "overlay2",
                "simulated",
                "10." + (number >> 16 & 255) + "." + (number >> 8 & 255) + "." + (number & 255));
    }

    @Override
    public String zone() {
        return settings.zones().get(number % settings.zones().size());
    }

    @Override
    public String pool() {
        return HostSpec.DEFAULT_POOL;
    }

    @Override
    public Map<String, String> labels() {
        return Map.of("simulated", "true");
    }

    @Override
    public List<SetReport> sets() {
        return reconciler.reports();
    }

    @Override
    public @Nullable String degraded() {
        return reconciler.degraded();
    }

    @Override
    public AgentMessage.@Nullable Usage usage() {
        return use.latest();
    }

    @Override
    public void desired(ControllerMessage.Desired message) {
        reconciler.apply(message);
    }

    @Override
    public void delta(ControllerMessage.Delta message) {
        reconciler.apply(message);
    }
}
