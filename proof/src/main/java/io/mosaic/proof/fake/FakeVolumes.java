package io.mosaic.proof.fake;

import io.mosaic.agent.volume.VolumeDriver;
import io.mosaic.model.Bytes;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** Volumes that are only counted. Thread-safe. */
public final class FakeVolumes implements VolumeDriver {
    private final Map<UUID, Bytes> volumes = new ConcurrentHashMap<>();
    private final Bytes capacity;

    public FakeVolumes(Bytes capacity) {
        this.capacity = capacity;
    }

    @Override
    public synchronized Path ensure(UUID set, Bytes size) throws VolumeException {
        if (!volumes.containsKey(set) && free().compareTo(size) < 0) {
            throw new VolumeException("no room for a volume of " + size + ": " + free() + " are free");
        }
        volumes.putIfAbsent(set, size);
        return path(set);
    }

    @Override
    public synchronized void grow(UUID set, Bytes size) throws VolumeException {
        Bytes has = volumes.get(set);
        if (has == null) {
            throw new VolumeException("there is no volume to grow");
        }
        if (size.value() - has.value() > free().value()) {
            throw new VolumeException("no room to grow to " + size + ": " + free() + " are free");
        }
        if (size.compareTo(has) > 0) {
            volumes.put(set, size);
        }
    }

    @Override
    public synchronized void remove(UUID set) {
        volumes.remove(set);
    }

    /** Where the volume of that set would be mounted. */
    public static Path path(UUID set) {
        return Path.of("/volumes", set.toString());
    }

    /** Of that set's volume; none without one. */
    public Bytes size(UUID set) {
        return volumes.getOrDefault(set, Bytes.ZERO);
    }

    @Override
    public List<UUID> list() {
        return List.copyOf(volumes.keySet());
    }

    @Override
    public Bytes free() {
        long taken = volumes.values().stream().mapToLong(Bytes::value).sum();
        return new Bytes(Math.max(0, capacity.value() - taken));
    }
}
