package io.mosaic.agent.desired;

import java.util.Set;

/** Which sysctls belong to a container's own namespaces. */
final class Sysctls {
    /** The IPC ones that Docker accepts (runc's configuration validator has the same list). */
    private static final Set<String> IPC = Set.of(
            "kernel.msgmax",
            "kernel.msgmnb",
            "kernel.msgmni",
            "kernel.sem",
            "kernel.shmall",
            "kernel.shmmax",
            "kernel.shmmni",
            "kernel.shm_rmid_forced");

    private Sysctls() {}

    /** Whether Docker sets it in the container's own namespaces, harming nobody else. */
    static boolean namespaced(String key) {
        return key.startsWith("net.") || key.startsWith("fs.mqueue.") || IPC.contains(key);
    }
}
