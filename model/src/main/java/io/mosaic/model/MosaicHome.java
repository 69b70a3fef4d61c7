package io.mosaic.model;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where Mosaic keeps its things: {@code /etc/mosaic}, {@code /var/lib/mosaic} and {@code /run/mosaic}, or {@code etc},
 * {@code lib} and {@code run} below {@code MOS_HOME}, so that several installations live side by side.
 *
 * @param etc configuration and secrets of this machine
 * @param lib data that must survive
 * @param run what a reboot may lose: pid files, sockets, logs of background processes
 */
public record MosaicHome(Path etc, Path lib, Path run) {

    /** Reads {@code MOS_HOME} from that environment. */
    public static MosaicHome of(Map<String, String> environment) {
        return at(environment.get("MOS_HOME"));
    }

    /** Below that directory, or in the system's places when it is absent or empty. */
    public static MosaicHome at(@Nullable String home) {
        if (home == null || home.isEmpty()) {
            return new MosaicHome(Path.of("/etc/mosaic"), Path.of("/var/lib/mosaic"), Path.of("/run/mosaic"));
        }
        Path root = Path.of(home).toAbsolutePath().normalize();
        return new MosaicHome(root.resolve("etc"), root.resolve("lib"), root.resolve("run"));
    }
}
