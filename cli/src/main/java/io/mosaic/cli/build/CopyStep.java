package io.mosaic.cli.build;

import io.mosaic.cli.image.ImageFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One COPY or ADD: the layer that it makes on what the image holds so far. */
final class CopyStep {
    private final Context context;
    private final BaseTree tree;
    private final LayerTree layer = new LayerTree();
    private final long user;
    private final long group;
    private final @Nullable Integer mode;

    /** @param mode of files, of whatever mode they are in the directory; absent: theirs */
    CopyStep(Context context, BaseTree tree, long user, long group, @Nullable Integer mode) {
        this.context = context;
        this.tree = tree;
        this.user = user;
        this.group = group;
        this.mode = mode;
    }

    /**
     * Copies.
     *
     * @param target absolute, as the line has it: a slash at its end says that it is a directory
     */
    LayerTree copy(List<String> sources, String target) throws IOException {
        List<String> found = new ArrayList<>();
        for (String source : sources) {
            found.addAll(context.find(source));
        }
        String plain = String.join("/", plainParts(target));
        boolean directory = target.endsWith("/")
                || plain.isEmpty()
                || found.size() > 1
                || context.isDirectory(found.getFirst())
                || tree.isDirectory(tree.resolve(plain, true));
        if (found.size() > 1 && !target.endsWith("/")) {
            throw new ImageFault("of several sources, the target must end with /: " + target);
        }
        for (String each : found) {
            if (context.isDirectory(each)) {
                directory(plain);
                for (Map.Entry<String, Path> below : context.below(each).entrySet()) {
                    String rest =
                            each.isEmpty() ? below.getKey() : below.getKey().substring(each.length() + 1);
                    put(plain.isEmpty() ? rest : plain + "/" + rest, below.getValue());
                }
            } else {
                String name = BaseTree.last(each);
                put(directory ? (plain.isEmpty() ? name : plain + "/" + name) : plain, context.path(each));
            }
        }
        return layer;
    }

    private static List<String> plainParts(String path) throws ImageFault {
        List<String> parts = new ArrayList<>();
        for (String part : path.split("/", -1)) {
            if (part.equals("..")) {
                throw new ImageFault("a target with .. in it: " + path);
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return parts;
    }

    private void put(String target, Path file) throws IOException {
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
            directory(target);
            return;
        }
        String parent = parents(BaseTree.parent(target));
        String path = parent.isEmpty() ? BaseTree.last(target) : parent + "/" + BaseTree.last(target);
        if (tree.isDirectory(path)) {
            throw new ImageFault("/" + path + " is a directory, and " + file + " is not");
        }
        if (Files.isSymbolicLink(file)) {
            String link = Files.readSymbolicLink(file).toString();
            layer.put(path, LayerTree.Entry.link(link, user, group));
            tree.put(path, new BaseTree.Node('l', 0777, user, group, link));
        } else if (Files.isRegularFile(file)) {
            int own = mode == null ? mode(file) : mode;
            layer.put(path, LayerTree.Entry.file(file, own, user, group));
            tree.put(path, new BaseTree.Node('f', own, user, group, ""));
        } else {
            throw new ImageFault(file + " is neither a file nor a directory nor a link");
        }
    }

    /** Makes a directory of the copy's own, unless there is one. */
    private void directory(String target) throws ImageFault {
        if (target.isEmpty()) {
            return;
        }
        String path = tree.resolve(target, true);
        parents(BaseTree.parent(path));
        one(path, user, group);
    }

    /** Makes what lacks on the way, as root's; names the rest as it is. Returns where the way leads. */
    private String parents(String target) throws ImageFault {
        String path = tree.resolve(target, true);
        for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
            one(path.substring(0, slash), 0, 0);
        }
        if (!path.isEmpty()) {
            one(path, 0, 0);
        }
        return path;
    }

    private void one(String path, long owner, long ownerGroup) throws ImageFault {
        BaseTree.Node there = tree.get(path);
        if (there == null) {
            there = new BaseTree.Node('d', LayerTree.DIRECTORY_MODE, owner, ownerGroup, "");
            tree.put(path, there);
        } else if (there.kind() != 'd') {
            throw new ImageFault("/" + path + " is not a directory in the base");
        }
        // As it was: a layer that names a directory decides of its mode and owner.
        layer.put(path, LayerTree.Entry.directory(there.mode(), there.user(), there.group()));
    }

    static int mode(Path file) throws IOException {
        return (int) Files.getAttribute(file, "unix:mode") & 07777;
    }
}
