package io.mosaic.model;

import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The spellings of a port that {@link ContainerOptions.Port} reads. */
final class PortText {
    private static final Pattern SHORT = Pattern.compile("(?:([0-9]{1,6}):)?([0-9]{1,6})(?:/(tcp|udp))?");
    private static final Set<String> FIELDS = Set.of("container", "host", "protocol");

    private PortText() {}

    static ContainerOptions.Port parse(String text) {
        Matcher matcher = SHORT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("a port as text is \"80\", \"8080:80\" or \"8080:80/udp\"");
        }
        Integer host = matcher.group(1) == null ? null : Integer.valueOf(matcher.group(1));
        String protocol = matcher.group(3) == null ? "tcp" : matcher.group(3);
        return new ContainerOptions.Port(Integer.parseInt(matcher.group(2)), host, protocol);
    }

    static ContainerOptions.Port parse(Map<?, ?> map) {
        for (Object key : map.keySet()) {
            if (!FIELDS.contains(key)) {
                throw new IllegalArgumentException("a port has container, host and protocol, but not " + key);
            }
        }
        if (!(map.get("container") instanceof Integer container)) {
            throw new IllegalArgumentException("a port needs a number as container");
        }
        Object host = map.get("host");
        if (host != null && !(host instanceof Integer)) {
            throw new IllegalArgumentException("a port's host must be a number");
        }
        Object protocol = map.get("protocol");
        if (protocol != null && !(protocol instanceof String)) {
            throw new IllegalArgumentException("a port's protocol must be tcp or udp");
        }
        return new ContainerOptions.Port(container, (Integer) host, protocol == null ? "tcp" : (String) protocol);
    }
}
