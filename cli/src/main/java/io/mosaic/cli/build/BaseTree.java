package io.mosaic.cli.build;

import io.mosaic.cli.image.ImageFault;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which names an image has and what they are. A layer that does not know of a link below it would put a directory in its place, and one
 * that does not know a directory's mode would change it; so what is copied into an image asks here first. Pure; not thread-safe.
 */
final class BaseTree {
    private static final int LINKS_MAX = 40;
    private static final String WHITEOUT = ".wh.";
    private static final String OPAQUE = ".wh..wh..opq";

    /**
     * What a name is.
     *
     * @param kind d a directory, l a symbolic link, f anything else
     * @param target of a link
     */
    record Node(char kind, int mode, long user, long group, String target) {}

    /** A name of a layer, in the layer's order. */
    record Named(String path, Node node) {}

    private final TreeMap<String, Node> nodes = new TreeMap<>();

    /** Puts a layer on top: its names, and what it takes away of those below. */
    void add(List<Named> layer) {
        // First what it takes away: that is of the layers below, wherever it stands in the tar.
        for (Named each : layer) {
            String name = last(each.path());
            String directory = parent(each.path());
            if (name.equals(OPAQUE)) {
                below(directory);
            } else if (name.startsWith(WHITEOUT)) {
                String gone = directory + (directory.isEmpty() ? "" : "/") + name.substring(WHITEOUT.length());
                nodes.remove(gone);
                below(gone);
            }
        }
        for (Named each : layer) {
            if (!last(each.path()).startsWith(WHITEOUT) && !each.path().isEmpty()) {
                put(each.path(), each.node());
            }
        }
    }

    private void below(String directory) {
        if (directory.isEmpty()) {
            nodes.clear();
        } else {
            nodes.subMap(directory + "/", directory + "0").clear();
        }
    }

    void put(String path, Node node) {
        Node before = nodes.put(path, node);
        if (before != null && before.kind() == 'd' && node.kind() != 'd') {
            below(path);
        }
    }

    @Nullable
    Node get(String path) {
        return nodes.get(path);
    }

    boolean isDirectory(String path) {
        Node node = nodes.get(path);
        return path.isEmpty() || (node != null && node.kind() == 'd');
    }

    /**
     * The name that a path leads to, with all links on the way followed.
     *
     * @param path below the root, of plain parts
     * @param last whether a link at its end is followed too
     */
    String resolve(String path, boolean last) throws ImageFault {
        Deque<String> left = new ArrayDeque<>(parts(path));
        List<String> at = new ArrayList<>();
        int links = 0;
        while (!left.isEmpty()) {
            String part = left.removeFirst();
            if (part.equals("..")) {
                if (!at.isEmpty()) {
                    at.removeLast();
                }
                continue;
            }
            at.add(part);
            Node node = nodes.get(String.join("/", at));
            if (node == null || node.kind() != 'l' || (left.isEmpty() && !last)) {
                continue;
            }
            if (++links > LINKS_MAX) {
                throw new ImageFault("links of the base lead in a circle at " + path);
            }
            at.removeLast();
            if (node.target().startsWith("/")) {
                at.clear();
            }
            parts(node.target()).reversed().forEach(left::addFirst);
        }
        return String.join("/", at);
    }

    private static List<String> parts(String path) {
        List<String> parts = new ArrayList<>();
        for (String part : path.split("/", -1)) {
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return parts;
    }

    static String last(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }
}
