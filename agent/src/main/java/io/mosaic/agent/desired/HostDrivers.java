package io.mosaic.agent.desired;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.images.DaemonImages;
import io.mosaic.agent.images.HostImages;
import io.mosaic.agent.volume.VolumeDriver;

/** The parts that act on the host, put together. */
public record HostDrivers(
        Docker docker,
        VolumeDriver volumes,
        HealthProbe health,
        LimitsWatch limits,
        Strays strays,
        RoleFiles roles,
        HostImages images) {

    /** With the images that the daemon has or pulls. */
    public HostDrivers(
            Docker docker,
            VolumeDriver volumes,
            HealthProbe health,
            LimitsWatch limits,
            Strays strays,
            RoleFiles roles) {
        this(docker, volumes, health, limits, strays, roles, new DaemonImages(docker));
    }

    /** Of a host that takes no sets with roles. */
    public HostDrivers(Docker docker, VolumeDriver volumes, HealthProbe health, LimitsWatch limits, Strays strays) {
        this(docker, volumes, health, limits, strays, RoleFiles.NONE);
    }
}
