package io.mosaic.cli.build;

import io.mosaic.cli.image.Digests;
import io.mosaic.cli.image.ImageFault;
import io.mosaic.cli.image.LayerCache;
import io.mosaic.cli.image.LayerFile;
import io.mosaic.cli.image.Scratch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Java runtime for an image, made of this machine's JDK by jlink, and the root that it needs: the libraries that it links against, as
 * this machine has them, and BusyBox. What was made is kept, so that the next image has the same layers. Not thread-safe.
 */
final class JavaRuntime {
    static final String JAVA = "opt/java";

    /**
     * What Tomcat and most web applications use: beans and images (java.desktop), databases, naming and directories, JMX, TLS with
     * elliptic curves, Kerberos, zip file systems, and locales' data. Applications that want more name it.
     */
    static final List<String> MODULES = List.of(
            "java.base",
            "java.compiler",
            "java.desktop",
            "java.instrument",
            "java.logging",
            "java.management",
            "java.naming",
            "java.net.http",
            "java.rmi",
            "java.scripting",
            "java.security.jgss",
            "java.security.sasl",
            "java.sql",
            "java.sql.rowset",
            "java.transaction.xa",
            "java.xml",
            "java.xml.crypto",
            "jdk.crypto.ec",
            "jdk.httpserver",
            "jdk.jfr",
            "jdk.localedata",
            "jdk.management",
            "jdk.naming.dns",
            "jdk.unsupported",
            "jdk.zipfs");

    /** They want a screen or a sound card, and with them libraries that a server has not. */
    private static final Set<String> WITH_A_SCREEN =
            Set.of("libawt_xawt.so", "libjawt.so", "libsplashscreen.so", "libjsound.so");

    /** What glibc loads by name to look up users and hosts. */
    private static final List<String> BESIDE_GLIBC = List.of("libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2");

    private static final List<String> BUSYBOX_NAMES = List.of(
            "sh",
            "ls",
            "cat",
            "cp",
            "mv",
            "rm",
            "mkdir",
            "ps",
            "kill",
            "env",
            "id",
            "sleep",
            "grep",
            "sed",
            "head",
            "tail",
            "wget",
            "nslookup",
            "vi",
            "top",
            "df",
            "du",
            "find",
            "date",
            "hostname");

    private static final Pattern LINKED = Pattern.compile("\\s*(?:\\S+ => )?(/\\S+) \\(0x[0-9a-f]+\\)");
    private static final Pattern MODULE = Pattern.compile("[a-z][a-z0-9]*(\\.[a-z][a-z0-9]*)*");

    /** Changes when the same inputs are made into other layers. */
    private static final String RECIPE = "1";

    private static final long COMMAND_MINUTES = 5;
    private static final int OUTPUT_MAX = 1 << 20;

    private final Path jdk;
    private final Set<String> modules;
    private final LayerCache cache;
    private final Scratch scratch;

    /** @param more modules beside {@link #MODULES} */
    JavaRuntime(Path jdk, List<String> more, LayerCache cache, Scratch scratch) throws ImageFault {
        this.jdk = jdk;
        this.modules = new TreeSet<>(MODULES);
        this.cache = cache;
        this.scratch = scratch;
        for (String module : more) {
            if (!MODULE.matcher(module).matches()) {
                throw new ImageFault("not the name of a module: " + module);
            }
            modules.add(module);
        }
    }

    /**
     * The layers.
     *
     * @param root what the runtime stands on
     * @param java the runtime itself
     */
    record Layers(LayerFile root, LayerFile java) {}

    Layers make() throws IOException, InterruptedException {
        byte[] release = Files.readAllBytes(jdk.resolve("release"));
        String key = Digests.of((RECIPE + "\n" + String.join(",", modules) + "\n"
                                + new String(release, StandardCharsets.UTF_8) + machine())
                        .getBytes(StandardCharsets.UTF_8))
                .substring("sha256:".length());
        LayerFile root = kept(cache, key + ".root");
        LayerFile java = kept(cache, key + ".java");
        if (root != null && java != null) {
            return new Layers(root, java);
        }
        Path tree = scratch.directory().resolve("java");
        Path jlink = jdk.resolve("bin").resolve("jlink");
        if (!Files.isExecutable(jlink)) {
            throw new ImageFault("there is no jlink in " + jdk + ": a JDK is needed to make a runtime of");
        }
        run(
                jlink.toString(),
                "--add-modules",
                String.join(",", modules),
                "--strip-debug",
                "--no-header-files",
                "--no-man-pages",
                "--compress=zip-6",
                "--output",
                tree.toString());
        return new Layers(
                keep(cache, key + ".root", root(tree).write(scratch.file())),
                keep(cache, key + ".java", java(tree).write(scratch.file())));
    }

    /** The libraries come from this machine: another release of its system makes other layers. */
    private static String machine() throws IOException {
        Path release = Path.of("/etc/os-release");
        Path busybox = Path.of("/bin/busybox");
        return (Files.exists(release) ? Files.readString(release) : "")
                + (Files.exists(busybox) ? Files.getLastModifiedTime(busybox) + " " + Files.size(busybox) : "");
    }

    private static LayerTree java(Path tree) throws IOException {
        LayerTree layer = new LayerTree();
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : (Iterable<Path>) all.sorted()::iterator) {
                String name = (JAVA + "/" + tree.relativize(path)).replaceAll("/$", "");
                if (Files.isSymbolicLink(path)) {
                    layer.put(
                            name,
                            LayerTree.Entry.link(Files.readSymbolicLink(path).toString(), 0, 0));
                } else if (Files.isDirectory(path)) {
                    layer.put(name, LayerTree.Entry.directory(LayerTree.DIRECTORY_MODE, 0, 0));
                } else {
                    layer.put(name, LayerTree.Entry.file(path, Files.isExecutable(path) ? 0755 : 0644, 0, 0));
                }
            }
        }
        layer.fillDirectories();
        return layer;
    }

    private static LayerTree root(Path tree) throws IOException, InterruptedException {
        LayerTree layer = new LayerTree();
        Set<String> libraries = new TreeSet<>();
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : (Iterable<Path>) all.sorted()::iterator) {
                String name = path.getFileName().toString();
                if ((name.endsWith(".so") && !WITH_A_SCREEN.contains(name)) || path.endsWith("bin/java")) {
                    run("ldd", path.toString()).lines().forEach(line -> {
                        Matcher linked = LINKED.matcher(line);
                        if (linked.matches() && !linked.group(1).startsWith(tree.toString())) {
                            libraries.add(linked.group(1));
                        }
                    });
                }
            }
        }
        for (String library : List.copyOf(libraries)) {
            if (Path.of(library).getFileName().toString().equals("libc.so.6")) {
                BESIDE_GLIBC.forEach(name ->
                        libraries.add(Path.of(library).resolveSibling(name).toString()));
            }
        }
        for (String library : libraries) {
            Path real = Path.of(library);
            if (Files.exists(real)) {
                // Links on the way are this machine's: the image has the file under the name that the loader looks for.
                layer.put(library.substring(1), LayerTree.Entry.file(real.toRealPath(), 0755, 0, 0));
            }
        }
        busybox(layer);
        layer.text("etc/passwd", "root:x:0:0:root:/:/bin/sh\napp:x:1000:1000:app:/opt/tomcat:/bin/sh\n");
        layer.text("etc/group", "root:x:0:\napp:x:1000:\n");
        layer.text("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
        layer.put("tmp", LayerTree.Entry.directory(01777, 0, 0));
        layer.fillDirectories();
        return layer;
    }

    /** For whoever logs in, if this machine has it without libraries; the runtime needs no shell. */
    private static void busybox(LayerTree layer) throws IOException, InterruptedException {
        Path busybox = Path.of("/bin/busybox");
        if (!Files.isExecutable(busybox) || run("ldd", busybox.toString()).contains("=>")) {
            return;
        }
        layer.put("bin/busybox", LayerTree.Entry.file(busybox, 0755, 0, 0));
        BUSYBOX_NAMES.forEach(name -> layer.put("bin/" + name, LayerTree.Entry.link("busybox", 0, 0)));
    }

    /** Runs a command to its end; what it says. ldd ends with 1 for what links to nothing, which is no fault. */
    private static String run(String... line) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(line).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new ImageFault("the command " + line[0] + " is not there", e);
        }
        process.getOutputStream().close();
        String said;
        try (InputStream in = process.getInputStream()) {
            said = new String(in.readNBytes(OUTPUT_MAX), StandardCharsets.UTF_8);
            if (!process.waitFor(COMMAND_MINUTES, TimeUnit.MINUTES)) {
                throw new ImageFault(line[0] + " does not end");
            }
        } finally {
            process.destroyForcibly();
        }
        if (process.exitValue() != 0
                && !said.contains("not a dynamic executable")
                && !said.contains("statically linked")) {
            throw new ImageFault(line[0] + " failed: " + said.strip());
        }
        return said;
    }

    /** A layer made earlier; null when it is not there whole. */
    static @org.jspecify.annotations.Nullable LayerFile kept(LayerCache cache, String name) throws IOException {
        byte[] told = cache.read("layers", name + ".txt");
        Path file = cache.path("layers", name);
        if (told == null || !Files.exists(file)) {
            return null;
        }
        List<String> words = new ArrayList<>(
                List.of(new String(told, StandardCharsets.US_ASCII).strip().split(" ", -1)));
        if (words.size() != 2 || !words.stream().allMatch(Digests::valid)) {
            return null;
        }
        // It is sent by its digest: one that was damaged meanwhile would be refused, again and again.
        var digest = Digests.sha256();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return Digests.text(digest.digest()).equals(words.get(0))
                ? new LayerFile(file, words.get(0), Files.size(file), words.get(1))
                : null;
    }

    static LayerFile keep(LayerCache cache, String name, LayerFile layer) throws IOException {
        Path target = cache.path("layers", name);
        Path next = target.resolveSibling(name + "." + ProcessHandle.current().pid());
        Files.copy(layer.file(), next, StandardCopyOption.REPLACE_EXISTING);
        Files.move(next, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        cache.write(
                "layers",
                name + ".txt",
                (layer.digest() + " " + layer.diffId() + "\n").getBytes(StandardCharsets.US_ASCII));
        return new LayerFile(target, layer.digest(), layer.size(), layer.diffId());
    }
}
