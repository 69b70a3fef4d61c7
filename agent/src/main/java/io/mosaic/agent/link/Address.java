package io.mosaic.agent.link;

/** Where a controller listens. */
public record Address(String host, int port) {

    /**
     * Reads {@code host:port} or {@code [ipv6]:port}.
     *
     * @throws IllegalArgumentException when it is neither
     */
    public static Address parse(String text) {
        int colon = text.lastIndexOf(':');
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            String host = text.substring(0, Math.max(colon, 0));
            if (host.startsWith("[") && host.endsWith("]")) {
                host = host.substring(1, host.length() - 1);
            }
            if (!host.isEmpty() && port >= 1 && port <= 65535) {
                return new Address(host, port);
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a controller is host:port, not " + text, e);
        }
        throw new IllegalArgumentException("a controller is host:port, not " + text);
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
