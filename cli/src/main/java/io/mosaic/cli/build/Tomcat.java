package io.mosaic.cli.build;

import io.mosaic.cli.image.ImageFault;
import io.mosaic.cli.image.LayerCache;
import io.mosaic.cli.image.LayerFile;
import io.mosaic.cli.image.RootTar;
import io.mosaic.cli.image.Scratch;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat, as Maven Central has it ({@code org.apache.tomcat:tomcat}), without its own applications and scripts. Its log goes to the
 * container's output, it takes no shutdown by a port, and deploys nothing that comes later. Not thread-safe.
 */
final class Tomcat {
    static final String HOME = "opt/tomcat";

    /** The user that it runs as; its own directories are that user's, the application is root's. */
    static final long USER = 1000;

    static final String VERSION = "10.1.49";

    /** Of the archive of that version. */
    private static final String SHA512 =
            "a46c8e37d4767b56a16dbdd8e81b80f25ad2edd5fba68b5099b9165cfffbe32bc923a601db8bb5cba50e8b1047a7906eb8c30ca176e1c0b8dfd85fbb9c54c6c2";

    private static final String NAME = "tomcat-" + VERSION + ".tar.gz";
    private static final long BYTES_MAX = 512L << 20;
    private static final long FETCH_MINUTES = 10;

    /** Of what it is made into; changes with {@link #settings}. */
    private static final String RECIPE = "1";

    private static final String LOGGING = """
            handlers = java.util.logging.ConsoleHandler
            .handlers = java.util.logging.ConsoleHandler
            java.util.logging.ConsoleHandler.level = FINE
            java.util.logging.ConsoleHandler.formatter = org.apache.juli.OneLineFormatter
            java.util.logging.ConsoleHandler.encoding = UTF-8
            """;

    private final @Nullable Path given;
    private final LayerCache cache;
    private final Scratch scratch;
    private final Map<String, String> environment;

    /** @param given an archive of the user's own choice, whatever its version */
    Tomcat(@Nullable Path given, LayerCache cache, Scratch scratch, Map<String, String> environment) {
        this.given = given;
        this.cache = cache;
        this.scratch = scratch;
        this.environment = environment;
    }

    LayerFile make() throws IOException, InterruptedException {
        Path archive = given == null ? fetched() : given;
        String key = sum(archive).substring(0, 64) + "." + RECIPE + ".tomcat";
        LayerFile kept = JavaRuntime.kept(cache, key);
        return kept == null ? JavaRuntime.keep(cache, key, layer(archive).write(scratch.file())) : kept;
    }

    /** The archive of our version: kept, or in this user's Maven repository, or fetched by Maven. */
    private Path fetched() throws IOException, InterruptedException {
        Path kept = cache.path("tomcat", NAME);
        if (Files.exists(kept) && sum(kept).equals(SHA512)) {
            return kept;
        }
        Path maven = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")))
                .resolve(".m2/repository/org/apache/tomcat/tomcat")
                .resolve(VERSION)
                .resolve(NAME);
        if (!Files.exists(maven)) {
            fetch();
        }
        if (!Files.exists(maven)) {
            throw new ImageFault(
                    "Maven did not put Tomcat where it was looked for, " + maven + ": give it by --tomcat");
        }
        String sum = sum(maven);
        if (!sum.equals(SHA512)) {
            throw new ImageFault(maven + " is not the Tomcat " + VERSION + " that is known: its SHA-512 is " + sum);
        }
        Path next = kept.resolveSibling(NAME + "." + ProcessHandle.current().pid());
        Files.copy(maven, next, StandardCopyOption.REPLACE_EXISTING);
        Files.move(next, kept, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return kept;
    }

    /** By Maven, which knows the user's mirrors and proxies. */
    private void fetch() throws IOException, InterruptedException {
        Process process;
        try {
            ProcessBuilder builder = new ProcessBuilder(
                            "mvn",
                            "-q",
                            "-B",
                            "dependency:get",
                            "-Dartifact=org.apache.tomcat:tomcat:" + VERSION + ":tar.gz",
                            "-Dtransitive=false")
                    .redirectErrorStream(true)
                    .redirectOutput(scratch.file().toFile());
            builder.environment().putAll(environment);
            process = builder.start();
        } catch (IOException e) {
            throw new ImageFault(
                    "Tomcat is fetched by Maven, which is not there: install it, or give an archive by --tomcat", e);
        }
        try {
            if (!process.waitFor(FETCH_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new ImageFault("Maven could not fetch org.apache.tomcat:tomcat:" + VERSION
                        + ":tar.gz: is there a way to Maven Central? Else give an archive by --tomcat");
            }
        } finally {
            process.destroy();
        }
    }

    private static String sum(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-512");
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-512", e);
        }
    }

    private LayerTree layer(Path archive) throws IOException {
        Path plain = scratch.file();
        try (InputStream in = Files.newInputStream(archive);
                OutputStream out = Files.newOutputStream(plain)) {
            new RootTar(BYTES_MAX).copy(in, out, (entry, name) -> {});
        }
        LayerTree layer = new LayerTree();
        try (TarArchiveInputStream tar = new TarArchiveInputStream(Files.newInputStream(plain))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                String name = entry.getName().substring(entry.getName().indexOf('/') + 1);
                if (entry.isFile() && wanted(name)) {
                    layer.put(HOME + "/" + name, LayerTree.Entry.bytes(settings(name, tar.readAllBytes()), 0644));
                }
            }
        }
        if (layer.get(HOME + "/lib/catalina.jar") == null || layer.get(HOME + "/bin/bootstrap.jar") == null) {
            throw new ImageFault(archive + " is no Tomcat");
        }
        layer.text(HOME + "/conf/logging.properties", LOGGING);
        layer.put(HOME + "/webapps", LayerTree.Entry.directory(LayerTree.DIRECTORY_MODE, 0, 0));
        for (String own : List.of("logs", "temp", "work", "conf/Catalina", "conf/Catalina/localhost")) {
            layer.put(HOME + "/" + own, LayerTree.Entry.directory(LayerTree.DIRECTORY_MODE, USER, USER));
        }
        layer.fillDirectories();
        return layer;
    }

    private static boolean wanted(String name) {
        return name.matches("bin/(bootstrap|tomcat-juli)\\.jar|lib/.*\\.jar|conf/[^/]*|LICENSE|NOTICE");
    }

    private static byte[] settings(String name, byte[] content) {
        if (!name.equals("conf/server.xml")) {
            return content;
        }
        String text = new String(content, StandardCharsets.UTF_8)
                // It would fill the container's disk, a file a day.
                .replaceAll("(?s)<Valve className=\"org\\.apache\\.catalina\\.valves\\.AccessLogValve\".*?/>", "")
                .replace("<Server port=\"8005\"", "<Server port=\"-1\"")
                .replace("autoDeploy=\"true\"", "autoDeploy=\"false\"");
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
