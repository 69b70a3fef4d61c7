package io.mosaic.proof.rig;

import java.io.IOException;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * What of an installation is on the machine now: containers with its label, mounts, loop devices and files of volumes.
 * Two of them, taken before and after, tell what a test left behind.
 */
public record Leftovers(SortedSet<String> things) {

    /** Takes stock. */
    public static Leftovers of(Installation mosaic) throws IOException {
        SortedSet<String> things = new TreeSet<>();
        DockerRig rig = mosaic.docker();
        for (JsonNode container : rig.docker().containers("io.mosaic.set")) {
            things.add("container " + container.path("Names").path(0).asString() + " "
                    + container.path("State").asString());
        }
        rig.docker().volumes().forEach(volume -> things.add("Docker volume " + volume));
        HostMounts.below(rig.directory()).stream()
                .filter(point ->
                        point.contains("/overlay2/") || point.contains("/netns/") || point.contains("/mounts/"))
                // dockerd mounts a new container's first layer for a moment; killed just then, it leaves it so for
                // good.
                .filter(point -> !(rig.wasKilled() && point.endsWith("-init/merged")))
                .forEach(point -> things.add("mount " + point));
        HostMounts.below(mosaic.home()).forEach(point -> things.add("mount " + point));
        HostMounts.loopDevicesOn(mosaic.home()).forEach(device -> things.add("loop device " + device));
        mosaic.volumeFiles().forEach(file -> things.add("file " + file));
        // Not the shims: a daemon killed while it made one may leave it, empty, for good. What runs in a container
        // counts.
        for (HostProcesses.Found found : rig.containerProcesses()) {
            things.add("process in a container " + found.pid() + " " + found.command());
        }
        return new Leftovers(things);
    }

    /** What is here and was not there. */
    public List<String> since(Leftovers before) {
        return things.stream().filter(thing -> !before.things.contains(thing)).toList();
    }
}
