package io.mosaic.kit.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the route of a call. Immutable. */
public final class RouteTable {

    private final List<Route> routes;
    private final Node root = new Node();

    /** @throws IllegalArgumentException when two routes share a method and path, or an operation id */
    public RouteTable(List<Route> routes) {
        this.routes = List.copyOf(routes);
        Set<String> ids = new HashSet<>();
        for (Route route : routes) {
            if (route.operationId().isEmpty() || !ids.add(route.operationId())) {
                throw new IllegalArgumentException("no or a doubled operation id: " + route);
            }
            Node node = root;
            for (String part : parts(route.template())) {
                node = part.startsWith("{")
                        ? node.variable(part.substring(1, part.length() - 1))
                        : node.literals.computeIfAbsent(part, any -> new Node());
            }
            if (node.routes.put(route.method(), route) != null) {
                throw new IllegalArgumentException("two routes for " + route.method() + " " + route.template());
            }
        }
    }

    public List<Route> routes() {
        return routes;
    }

    /** The routes at that path, absent when there is no such path. */
    @Nullable
    Match find(String rawPath) {
        Map<String, String> values = new LinkedHashMap<>();
        Node node = root;
        for (String part : parts(rawPath)) {
            Node next = node.literals.get(part);
            if (next == null) {
                next = node.variable;
                String decoded = decode(part);
                if (next == null || node.variableName == null || decoded == null) {
                    return null;
                }
                values.put(node.variableName, decoded);
            }
            node = next;
        }
        return node.routes.isEmpty() ? null : new Match(node.routes, values);
    }

    /**
     * What a path leads to.
     *
     * @param routes by method
     * @param values of the path parameters, decoded
     */
    record Match(Map<Method, Route> routes, Map<String, String> values) {
        /** For the Allow header. */
        String allowed() {
            List<String> words = new ArrayList<>();
            for (Method method : routes.keySet()) {
                words.add(method.name());
                if (method == Method.GET) {
                    words.add("HEAD");
                }
            }
            words.add("OPTIONS");
            return String.join(", ", words);
        }
    }

    private static List<String> parts(String path) {
        String trimmed = path.startsWith("/") ? path.substring(1) : path;
        return List.of(trimmed.split("/", -1));
    }

    /** Percent-decoded, absent when it is not well-formed. A plus is a plus in a path. */
    private static @Nullable String decode(String part) {
        try {
            return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static final class Node {
        private final Map<String, Node> literals = new HashMap<>();
        private final Map<Method, Route> routes = new EnumMap<>(Method.class);
        private @Nullable Node variable;
        private @Nullable String variableName;

        private Node variable(String name) {
            Node next = variable;
            if (next == null) {
                next = new Node();
                variable = next;
                variableName = name;
            } else if (!name.equals(variableName)) {
                throw new IllegalArgumentException("one place in a path has two names: " + variableName + ", " + name);
            }
            return next;
        }
    }
}
