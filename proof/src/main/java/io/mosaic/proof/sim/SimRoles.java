package io.mosaic.proof.sim;

import io.mosaic.agent.desired.RoleFiles;
import io.mosaic.model.Placement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The files of roles of one machine, in memory; they outlive its agent. Not thread-safe. */
final class SimRoles implements RoleFiles {
    private final BooleanSupplier full;
    private final Map<UUID, Written> written = new TreeMap<>();

    /** @param full whether the disk takes nothing */
    SimRoles(BooleanSupplier full) {
        this.full = full;
    }

    /** What each set's containers were told last. */
    Map<UUID, Written> all() {
        return written;
    }

    @Override
    public Path directory(UUID set) {
        return Path.of("/roles").resolve(set.toString());
    }

    @Override
    public @Nullable Written read(UUID set) {
        return written.get(set);
    }

    @Override
    public void write(UUID set, Placement.Part is, long term) throws IOException {
        room();
        written.put(set, new Written(is, term, false));
    }

    @Override
    public void confirm(UUID set, Placement.Part is, long term) throws IOException {
        room();
        Written now = written.get(set);
        if (now != null && now.is() == is && now.term() == term) {
            written.put(set, new Written(is, term, true));
        }
    }

    @Override
    public void remove(UUID set) {
        written.remove(set);
    }

    private void room() throws IOException {
        if (full.getAsBoolean()) {
            throw new IOException("no space left on device");
        }
    }
}
