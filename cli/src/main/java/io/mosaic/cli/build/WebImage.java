package io.mosaic.cli.build;

import io.mosaic.cli.image.Blob;
import io.mosaic.cli.image.Image;
import io.mosaic.cli.image.ImageJson;
import io.mosaic.cli.image.LayerCache;
import io.mosaic.cli.image.LayerFile;
import io.mosaic.cli.image.Platform;
import io.mosaic.cli.image.Scratch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** An image of a web application: a root, a Java runtime, Tomcat, and the application on top. */
public final class WebImage {
    /** As Tomcat's own script opens them. */
    private static final List<String> OPENED = List.of(
            "java.base/java.lang",
            "java.base/java.lang.invoke",
            "java.base/java.lang.reflect",
            "java.base/java.io",
            "java.base/java.util",
            "java.base/java.util.concurrent",
            "java.rmi/sun.rmi.transport");

    private WebImage() {}

    /**
     * How it is made.
     *
     * @param context name of the directory that Tomcat serves it from, ROOT for {@code /}
     * @param modules of Java beside the usual
     * @param tomcat an archive of the user's choice
     * @param base an image to stand on, in place of the root that is made of this machine's files
     * @param bytesMax the most that may come out of the archive
     */
    public record Settings(
            String context,
            List<String> modules,
            @Nullable Path tomcat,
            ImageBuild.BaseFinder.@Nullable Found base,
            List<String> environment,
            long bytesMax) {}

    /** What it says on the way. */
    public interface Told {
        void step(String text);
    }

    /** Makes it, for this machine's platform: the runtime is made of this machine's JDK. */
    public static Image make(
            Path war,
            Settings settings,
            Bases bases,
            LayerCache cache,
            Scratch scratch,
            Map<String, String> variables,
            Told told)
            throws IOException, InterruptedException {
        // First what can be wrong with the user's own file.
        WebArchive archive = new WebArchive(war, Tomcat.HOME + "/webapps/" + settings.context(), settings.bytesMax());
        List<LayerFile> application = archive.layers(scratch);
        told.step("making the Java runtime");
        Path jdk = jdk(variables);
        JavaRuntime.Layers runtime = new JavaRuntime(jdk, settings.modules(), cache, scratch).make();
        told.step("making Tomcat ready");
        LayerFile tomcat = new Tomcat(settings.tomcat(), cache, scratch, variables).make();

        List<Blob> layers = new ArrayList<>();
        ObjectNode root;
        ImageBuild.BaseFinder.Found found = settings.base();
        if (found == null) {
            root = ImageJson.config(Platform.own());
            add(root, layers, runtime.root(), "mos image war: libraries of this machine, BusyBox");
        } else {
            Bases.Base base = bases.find(found.repository(), found.reference(), Platform.own());
            root = base.config();
            layers.addAll(base.layers());
        }
        add(root, layers, runtime.java(), "mos image war: Java, by jlink");
        add(root, layers, tomcat, "mos image war: Tomcat" + (settings.tomcat() == null ? " " + Tomcat.VERSION : ""));
        for (int i = 0; i < application.size(); i++) {
            boolean own = i == application.size() - 1;
            add(root, layers, application.get(i), "mos image war: " + war.getFileName() + (own ? "" : ", libraries"));
        }
        configure(root, settings);
        return ImageJson.image(ImageJson.bytes(root), layers);
    }

    /** The one that runs this, unless it is a runtime that jlink was left out of. */
    private static Path jdk(Map<String, String> variables) {
        Path own = Path.of(System.getProperty("java.home"));
        String named = variables.getOrDefault("JAVA_HOME", "");
        return named.isEmpty() || Files.isExecutable(own.resolve("bin").resolve("jlink")) ? own : Path.of(named);
    }

    private static void add(ObjectNode root, List<Blob> layers, LayerFile layer, String told) {
        layers.add(layer.blob());
        ImageJson.addLayer(root, layer.diffId(), told);
    }

    private static void configure(ObjectNode root, Settings settings) {
        ObjectNode config = root.path("config") instanceof ObjectNode there ? there : root.putObject("config");
        String home = "/" + Tomcat.HOME;
        ArrayNode environment = ImageJson.object().putArray("Env");
        for (JsonNode each : config.path("Env")) {
            if (!each.asString("").startsWith("PATH=") && !each.asString("").startsWith("JAVA_HOME=")) {
                environment.add(each.asString(""));
            }
        }
        environment.add(
                "PATH=/" + JavaRuntime.JAVA + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        environment.add("JAVA_HOME=/" + JavaRuntime.JAVA);
        settings.environment().forEach(environment::add);
        config.set("Env", environment);
        ArrayNode entrypoint = config.putArray("Entrypoint");
        entrypoint.add("/" + JavaRuntime.JAVA + "/bin/java");
        // Half of a set's memory is more than the JVM's own quarter, and leaves room for what is not heap.
        entrypoint.add("-XX:MaxRAMPercentage=60");
        entrypoint.add("--enable-native-access=ALL-UNNAMED");
        OPENED.forEach(each -> entrypoint.add("--add-opens=" + each + "=ALL-UNNAMED"));
        List.of(
                        "-Djava.awt.headless=true",
                        "-Djava.util.logging.config.file=" + home + "/conf/logging.properties",
                        "-Djava.util.logging.manager=org.apache.juli.ClassLoaderLogManager",
                        "-Dcatalina.home=" + home,
                        "-Dcatalina.base=" + home,
                        "-Djava.io.tmpdir=" + home + "/temp",
                        "-cp",
                        home + "/bin/bootstrap.jar:" + home + "/bin/tomcat-juli.jar",
                        "org.apache.catalina.startup.Bootstrap")
                .forEach(entrypoint::add);
        config.putArray("Cmd").add("start");
        config.put("User", Tomcat.USER + ":" + Tomcat.USER);
        config.put("WorkingDir", home);
        (config.path("ExposedPorts") instanceof ObjectNode there ? there : config.putObject("ExposedPorts"))
                .putObject("8080/tcp");
    }
}
