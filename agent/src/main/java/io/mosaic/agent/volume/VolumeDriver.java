package io.mosaic.agent.volume;

import io.mosaic.model.Bytes;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * Makes, finds and removes the volumes of one kind of storage. Every call may be repeated: it finishes what an earlier
 * one, killed anywhere, left half-done.
 *
 * <p>Thread-safe for different volumes; calls for one volume come one after another.
 */
public interface VolumeDriver {

    /**
     * Makes the volume if it is not there, mounts it if it is not mounted, and returns where.
     *
     * @throws VolumeException when there is no room for it or the storage fails; nothing half-made is left
     */
    Path ensure(UUID set, Bytes size) throws VolumeException;

    /**
     * Grows the mounted volume to that size, also while it is written to; nothing happens when it is as large.
     *
     * @throws VolumeException when there is no room, saying how large it can get; it is as it was
     */
    void grow(UUID set, Bytes size) throws VolumeException;

    /** Unmounts it and removes all of it; nothing happens when there is none. */
    void remove(UUID set) throws VolumeException;

    /** Every volume of which any part is on the host, mounted or half-made. */
    List<UUID> list() throws VolumeException;

    /** Bytes that new volumes may still take. */
    Bytes free() throws VolumeException;

    /** Says in a sentence what failed, for the set's reason. */
    final class VolumeException extends Exception {
        private static final long serialVersionUID = 1L;

        public VolumeException(String message) {
            super(message);
        }

        public VolumeException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
