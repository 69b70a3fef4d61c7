package io.mosaic.proof.sim;

import io.mosaic.agent.volume.VolumeDriver;
import io.mosaic.model.Bytes;
import io.mosaic.proof.fake.FakeVolumes;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/** Volumes that cannot always be made, looked at or removed, and cannot be made at all on a full disk. */
final class FaultyVolumes implements VolumeDriver {
    private final World world;
    private final Supplier<Faults> faults;
    private final FakeVolumes volumes;
    private boolean full;

    FaultyVolumes(World world, Supplier<Faults> faults, FakeVolumes volumes) {
        this.world = world;
        this.faults = faults;
        this.volumes = volumes;
    }

    void full(boolean is) {
        full = is;
    }

    @Override
    public Path ensure(UUID set, Bytes size) throws VolumeException {
        if (full) {
            throw new VolumeException("the disk is full");
        }
        mayFail();
        return volumes.ensure(set, size);
    }

    @Override
    public void grow(UUID set, Bytes size) throws VolumeException {
        if (full) {
            throw new VolumeException("the disk is full");
        }
        mayFail();
        volumes.grow(set, size);
    }

    @Override
    public void remove(UUID set) throws VolumeException {
        mayFail();
        volumes.remove(set);
    }

    @Override
    public List<UUID> list() throws VolumeException {
        mayFail();
        return volumes.list();
    }

    @Override
    public Bytes free() {
        return volumes.free();
    }

    private void mayFail() throws VolumeException {
        if (world.chance(faults.get().docker() / 2)) {
            throw new VolumeException("made to fail");
        }
    }
}
