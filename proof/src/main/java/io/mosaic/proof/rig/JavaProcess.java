package io.mosaic.proof.rig;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A Java program in a process of its own, on this JVM's class path. Thread-safe. */
public final class JavaProcess extends RigProcess {

    /**
     * Starts nothing yet.
     *
     * @param jvmOptions such as {@code -Xmx256m}
     * @param directory where it works and its log is
     */
    JavaProcess(
            String name,
            List<String> jvmOptions,
            String mainClass,
            List<String> arguments,
            Map<String, String> environment,
            Path directory) {
        this(name, jvmOptions, mainClass, arguments, environment, directory, null);
    }

    /** The same, inside the namespaces of a host. */
    JavaProcess(
            String name,
            List<String> jvmOptions,
            String mainClass,
            List<String> arguments,
            Map<String, String> environment,
            Path directory,
            @Nullable Supplier<List<String>> inside) {
        super(name, command(jvmOptions, mainClass, arguments), environment, directory, inside);
    }

    private static List<String> command(List<String> jvmOptions, String mainClass, List<String> arguments) {
        List<String> all = new ArrayList<>(List.of(java()));
        all.addAll(jvmOptions);
        all.addAll(List.of("-cp", classPath(), mainClass));
        all.addAll(arguments);
        return all;
    }

    /** The program of the JDK that runs this. */
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** This JVM's class path, its entries absolute: the process works in another directory. */
    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
