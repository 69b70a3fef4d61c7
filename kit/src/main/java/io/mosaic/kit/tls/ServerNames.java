package io.mosaic.kit.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** By what names and addresses a process on this machine may be reached, for its certificate. */
public final class ServerNames {

    private static final Pattern DNS = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?");

    private ServerNames() {}

    /** The loopback's, the machine's own, those of the addresses bound, and those configured. */
    public static List<String> of(String bind, List<String> configured) throws IOException {
        Set<String> names = new LinkedHashSet<>(List.of("localhost", "127.0.0.1"));
        names.addAll(configured);
        String host = hostName();
        if (DNS.matcher(host).matches()) {
            names.add(host);
        }
        InetAddress address = InetAddress.getByName(bind);
        if (address.isAnyLocalAddress()) {
            names.addAll(interfaces());
        } else {
            names.add(address.getHostAddress());
        }
        return List.copyOf(names);
    }

    /** The machine's name, as its kernel knows it. */
    public static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    private static List<String> interfaces() throws SocketException {
        List<String> addresses = new ArrayList<>();
        NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLinkLocalAddress() && !address.isMulticastAddress())
                .limit(64)
                .forEach(address -> addresses.add(address.getHostAddress()));
        return addresses;
    }
}
