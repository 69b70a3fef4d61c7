package io.mosaic.proof.rig;

import java.io.IOException;
import java.net.NetworkInterface;
import java.util.stream.Stream;

/**
 * A network bridge of a rig's own, with a /16 of 10.0.0.0/8 that no interface of this machine has.
 *
 * @param name of the interface; containers' cgroups carry it too
 * @param block second number of the subnet
 */
record RigBridge(String name, int block) {

    private static final int FIRST = 64;
    private static final int COUNT = 160;

    /** Makes one; two processes that want the same block are told apart by the kernel, which takes a name once. */
    static RigBridge create() throws IOException, InterruptedException {
        int start = (int) (ProcessHandle.current().pid() % COUNT);
        String fault = "";
        for (int i = 0; i < COUNT; i++) {
            int block = FIRST + (start + i) % COUNT;
            RigBridge bridge = new RigBridge("mosrig" + block, block);
            if (bridge.taken()) {
                continue;
            }
            // With no address of its own it takes one of its members', and another one when that member goes: then the
            // rest would
            // not reach it for seconds.
            String address = String.format("02:6d:6f:%02x:ff:01", block);
            HostCommand.Outcome added =
                    HostCommand.attempt("ip", "link", "add", "name", bridge.name, "address", address, "type", "bridge");
            if (added.code() == 0) {
                HostCommand.run("ip", "addr", "add", "10." + block + ".0.1/16", "dev", bridge.name);
                HostCommand.run("ip", "link", "set", bridge.name, "up");
                return bridge;
            }
            fault = added.output().strip();
        }
        throw new IOException("no free subnet for a bridge of the rig's own (needs root and iproute2): " + fault);
    }

    /** The address of that member of the bridge's subnet; this machine's own end is 0, 1. */
    String address(int third, int fourth) {
        return "10." + block + "." + third + "." + fourth;
    }

    /**
     * Lets hosts on it reach each other, whatever this machine's own packet filter forbids: where a dockerd runs or ran, it drops what goes
     * from port to port of a bridge that it does not know.
     */
    void passBetweenHosts() throws IOException, InterruptedException {
        HostCommand.run("iptables", "-w", "-I", "FORWARD", "-i", name, "-o", name, "-j", "ACCEPT");
    }

    /** Removes it. */
    void delete() throws IOException, InterruptedException {
        delete(name);
    }

    /** Removes the bridge of that name, or whatever interface it is, and what the packet filter knows of it. */
    static void delete(String name) throws IOException, InterruptedException {
        HostCommand.attempt("iptables", "-w", "-D", "FORWARD", "-i", name, "-o", name, "-j", "ACCEPT");
        HostCommand.attempt("ip", "link", "delete", name);
    }

    private boolean taken() throws IOException {
        String prefix = "10." + block + ".";
        try (Stream<NetworkInterface> interfaces = NetworkInterface.networkInterfaces()) {
            return interfaces.anyMatch(each -> each.getName().equals(name)
                    || each.getInterfaceAddresses().stream()
                            .anyMatch(address ->
                                    address.getAddress().getHostAddress().startsWith(prefix)));
        }
    }
}
