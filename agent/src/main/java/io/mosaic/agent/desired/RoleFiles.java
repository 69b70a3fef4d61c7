package io.mosaic.agent.desired;

import io.mosaic.model.Placement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The roles of this host's sets on its disk: as their containers see them, and whether the command has ended that goes with
 * them. They outlive the agent. Thread-safe for different sets.
 */
public interface RoleFiles {

    /** For hosts that take no sets with roles. */
    RoleFiles NONE = new RoleFiles() {
        @Override
        public Path directory(UUID set) {
            throw new IllegalStateException("this host keeps no roles");
        }

        @Override
        public @Nullable Written read(UUID set) throws IOException {
            throw new IOException("this host keeps no roles");
        }

        @Override
        public void write(UUID set, Placement.Part is, long term) throws IOException {
            throw new IOException("this host keeps no roles");
        }

        @Override
        public void confirm(UUID set, Placement.Part is, long term) throws IOException {
            throw new IOException("this host keeps no roles");
        }

        @Override
        public void remove(UUID set) {}
    };

    /**
     * What is written of one set.
     *
     * @param confirmed whether the command that goes with it has ended well, or there was none to run
     */
    record Written(Placement.Part is, long term, boolean confirmed) {}

    /** The directory that the set's containers have mounted; it is there once something was written. */
    Path directory(UUID set);

    /** What was written last; null: nothing. */
    @Nullable
    Written read(UUID set) throws IOException;

    /** Tells the set's containers, role and term at once; durable on return, and not confirmed. */
    void write(UUID set, Placement.Part is, long term) throws IOException;

    /** Notes that it is in force; nothing when something else has been written since. */
    void confirm(UUID set, Placement.Part is, long term) throws IOException;

    /** Nothing of the set is left. */
    void remove(UUID set) throws IOException;
}
