package io.mosaic.proof.rig;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The PostgreSQL that a controller runs, as its processes show. */
final class EmbeddedServer {

    private EmbeddedServer() {}

    /** Pids of the server below that directory, its postmaster first; none when it does not run. */
    static List<Long> pids(Path directory) throws IOException {
        List<Long> pids = new ArrayList<>();
        for (HostProcesses.Found found : HostProcesses.naming(directory)) {
            if (found.command().contains("postgres ") && !found.command().startsWith("setpriv")) {
                ProcessHandle.of(found.pid()).ifPresent(postmaster -> {
                    pids.add(postmaster.pid());
                    postmaster.children().map(ProcessHandle::pid).forEach(pids::add);
                });
            }
        }
        return pids.stream().distinct().toList();
    }
}
