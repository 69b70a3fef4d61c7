package io.mosaic.images.mirror;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a mirrored registry may send us: to other servers by HTTPS, but not into our own network if it is outside of it. So nobody
 * reaches what is behind our walls by way of a registry of his. Thread-safe.
 */
final class Destinations {

    private final URI upstream;

    Destinations(URI upstream) {
        this.upstream = upstream;
    }

    /**
     * The place that it names.
     *
     * @param from where it was named
     * @throws IOException when we do not go there, saying why
     */
    URI checked(URI from, @Nullable String location) throws IOException {
        URI to;
        try {
            to = location == null ? null : from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new IOException("it sends us to a place that is no URL", e);
        }
        if (to == null || to.getHost() == null || to.getScheme() == null || to.getRawUserInfo() != null) {
            throw new IOException("it sends us to a place that is no URL");
        }
        if (sameServer(to, upstream)) {
            return to;
        }
        InetAddress[] addresses = InetAddress.getAllByName(to.getHost());
        boolean near = inside(InetAddress.getAllByName(upstream.getHost()));
        switch (to.getScheme().toLowerCase(Locale.ROOT)) {
            case "https" -> {
                if (!near && inside(addresses)) {
                    throw new IOException("it sends us to " + to.getHost() + ", which is not a public address");
                }
            }
            case "http" -> {
                // Plain HTTP is for a registry on this machine, which sends us nowhere else.
                if (!upstream.getScheme().equals("http") || !loopback(addresses)) {
                    throw new IOException("it sends us to " + to.getHost() + " without encryption");
                }
            }
            default -> throw new IOException("it sends us to a place that is not HTTPS");
        }
        return to;
    }

    static boolean sameServer(URI one, URI other) {
        return one.getScheme().equalsIgnoreCase(other.getScheme())
                && one.getHost().equalsIgnoreCase(other.getHost())
                && port(one) == port(other);
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equalsIgnoreCase("http") ? 80 : 443;
    }

    static boolean loopback(InetAddress... addresses) {
        for (InetAddress each : addresses) {
            if (!each.isLoopbackAddress()) {
                return false;
            }
        }
        return true;
    }

    private static boolean inside(InetAddress... addresses) {
        for (InetAddress each : addresses) {
            if (each.isLoopbackAddress()
                    || each.isAnyLocalAddress()
                    || each.isLinkLocalAddress()
                    || each.isSiteLocalAddress()
                    || each.isMulticastAddress()
                    || uniqueLocal(each.getAddress())) {
                return true;
            }
        }
        return false;
    }

    /** fc00::/7 of RFC 4193, and the shared addresses 100.64.0.0/10 of RFC 6598. */
    private static boolean uniqueLocal(byte[] address) {
        return address.length == 16
                ? (address[0] & 0xfe) == 0xfc
                : (address[0] & 0xff) == 100 && (address[1] & 0xc0) == 64;
    }
}
