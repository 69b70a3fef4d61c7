package io.mosaic.agent.cgroup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds a container's directory of each controller, from what the kernel says of one of its processes.
 *
 * <p>Thread-safe.
 */
final class CgroupPaths {

    /** Of cgroup v2, beside the names of v1 controllers. */
    private static final String UNIFIED = "";

    private final Path root;

    /**
     * What is mounted where. A host of a hundred sets has hundreds of other mounts in the same list, which costs the kernel
     * and us far more than all the rest of a look, and the hierarchies hardly ever move: it is read again only when what it
     * says leads nowhere.
     */
    private volatile Map<String, Mount> known = Map.of();

    CgroupPaths(Path root) {
        this.root = root;
    }

    /**
     * Where the container that this process is of has its groups.
     *
     * @throws IOException when the process is gone
     */
    Groups of(int pid, String containerId) throws IOException {
        return new Groups(pid, containerId, memberships(pid));
    }

    /** The groups of one container, as they were when its process was looked at. */
    final class Groups {
        private final int pid;
        private final String containerId;
        private final Map<String, String> memberships;

        private Groups(int pid, String containerId, Map<String, String> memberships) {
            this.pid = pid;
            this.containerId = containerId;
            this.memberships = memberships;
        }

        /**
         * The container's own directory for that controller.
         *
         * @throws IOException when the process is not one of that container
         */
        Directory find(String controller) throws IOException {
            Map<String, Mount> mounts = known;
            boolean mounted = mounts.containsKey(memberships.containsKey(controller) ? controller : UNIFIED);
            if (mounted) {
                Directory directory = directory(controller, mounts);
                if (Files.isDirectory(directory.path())) {
                    return directory;
                }
            }
            known = mounts();
            return directory(controller, known);
        }

        private Directory directory(String controller, Map<String, Mount> mounts) throws IOException {
            String path = memberships.get(controller);
            Mount mount = mounts.get(controller);
            boolean v2 = path == null || mount == null;
            if (v2) {
                path = memberships.get(UNIFIED);
                mount = mounts.get(UNIFIED);
            }
            if (path == null || mount == null) {
                throw new IOException("no cgroup with " + controller + " is mounted for process " + pid);
            }
            String own = ownPart(path, containerId, pid);
            if (!own.startsWith(mount.root().equals("/") ? "/" : mount.root() + "/")) {
                throw new IOException("the cgroup " + own + " is not below what is mounted at " + mount.point());
            }
            String below =
                    mount.root().equals("/") ? own : own.substring(mount.root().length());
            return new Directory(root.resolve(relative(mount.point())).resolve(relative(below)), v2);
        }
    }

    /**
     * Up to the directory that carries the container's id; a process inside may have made more below. This is what keeps
     * us from writing into a group that is not the container's.
     */
    private static String ownPart(String path, String containerId, int pid) throws IOException {
        if (!containerId.matches("[0-9a-f]{64}")) {
            throw new IOException("not a container's full id");
        }
        StringBuilder own = new StringBuilder();
        for (String part : path.substring(1).split("/", -1)) {
            if (part.equals("..") || part.equals(".")) {
                break;
            }
            own.append('/').append(part);
            // By itself with the cgroupfs driver, as docker-<id>.scope with systemd's.
            if (part.equals(containerId) || part.equals("docker-" + containerId + ".scope")) {
                return own.toString();
            }
        }
        throw new IOException("process " + pid + " is not in a cgroup of container " + containerId.substring(0, 12));
    }

    /** Lines such as {@code 4:memory:/docker/ID} and {@code 0::/system.slice/docker-ID.scope} (cgroups(7)). */
    private Map<String, String> memberships(int pid) throws IOException {
        Map<String, String> paths = new HashMap<>();
        for (String line : lines("proc/" + pid + "/cgroup")) {
            String[] fields = line.split(":", 3);
            if (fields.length == 3 && fields[2].startsWith("/")) {
                for (String controller : fields[1].split(",", -1)) {
                    paths.put(controller, fields[2]);
                }
            }
        }
        return paths;
    }

    private Map<String, Mount> mounts() throws IOException {
        Map<String, Mount> mounts = new HashMap<>();
        for (String line : lines("proc/self/mountinfo")) {
            Mount mount = Mount.parse(line);
            if (mount != null) {
                mount.controllers().forEach(controller -> mounts.putIfAbsent(controller, mount));
            }
        }
        return mounts;
    }

    private List<String> lines(String file) throws IOException {
        return Files.readAllLines(root.resolve(file), StandardCharsets.UTF_8);
    }

    private static String relative(String absolute) {
        return absolute.substring(1);
    }

    /**
     * A container's directory.
     *
     * @param v2 whether its files are those of cgroup v2
     */
    record Directory(Path path, boolean v2) {}

    /**
     * A mounted hierarchy.
     *
     * @param root which part of it is mounted
     * @param controllers those of v1; {@link #UNIFIED} for v2
     */
    private record Mount(String root, String point, List<String> controllers) {

        /** Null when the line of mountinfo (proc(5)) is of another file system. */
        static @Nullable Mount parse(String line) {
            int separator = line.indexOf(" - ");
            if (separator < 0) {
                return null;
            }
            List<String> mount = List.of(line.substring(0, separator).split(" ", -1));
            List<String> source = List.of(line.substring(separator + 3).split(" ", -1));
            if (mount.size() < 5 || source.size() < 3) {
                return null;
            }
            return switch (source.getFirst()) {
                case "cgroup2" -> new Mount(mount.get(3), mount.get(4), List.of(UNIFIED));
                case "cgroup" -> new Mount(mount.get(3), mount.get(4), controllers(source.getLast()));
                default -> null;
            };
        }

        private static List<String> controllers(String options) {
            List<String> controllers = new ArrayList<>(List.of(options.split(",", -1)));
            controllers.removeIf(option -> option.isEmpty() || option.equals(UNIFIED));
            return controllers;
        }
    }
}
