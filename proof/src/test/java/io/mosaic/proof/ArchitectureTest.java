package io.mosaic.proof;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The house's rules: which package may import which, and what the pure ones may not touch. */
class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.mosaic");

    /** What every package may import of ours, beside itself and what is below the line of its module. */
    private static final Map<String, List<String>> MODULES = new LinkedHashMap<>();

    static {
        MODULES.put("model", List.of());
        MODULES.put("kit", List.of("model"));
        MODULES.put("scale", List.of("model"));
        MODULES.put("sql", List.of("model"));
        MODULES.put("controller", List.of("model", "kit", "scale", "sql"));
        MODULES.put("images", List.of("model", "kit", "sql"));
        MODULES.put("agent", List.of("model", "kit"));
        MODULES.put("cli", List.of("model", "scale"));
        MODULES.put("proof", List.of("model", "kit", "scale", "sql", "controller", "images", "agent", "cli"));
    }

    /** The packages of the controller, inward to outward: each may import only those before it. "" holds Main. */
    private static final List<String> CONTROLLER = List.of(
            "cluster",
            "set",
            "app",
            "host",
            "network",
            "volume",
            "schedule",
            "reconcile",
            "store",
            "watch",
            "auth",
            "naming",
            "scale",
            "lead",
            "share",
            "agents",
            "api",
            "");

    /** The packages of the image repository, inward to outward, likewise. */
    private static final List<String> IMAGES =
            List.of("blob", "manifest", "catalog", "access", "registry", "mirror", "share", "oci", "glance", "api", "");

    /**
     * The packages of the agent, and which of the agent's packages each may import. Only desired composes drivers;
     * what others share with Docker are its records, and link carries its output to the callers.
     */
    private static final Map<String, List<String>> AGENT = Map.of(
            "docker", List.of(),
            "volume", List.of(),
            "cgroup", List.of("docker"),
            "collect", List.of("cgroup"),
            "health", List.of("docker"),
            "images", List.of("docker", "share"),
            "share", List.of(),
            "desired", List.of("docker", "volume", "cgroup", "health", "images"),
            "link", List.of("docker", "desired"),
            "", List.of("docker", "volume", "cgroup", "collect", "health", "images", "share", "link", "desired"));

    /** The packages of the other modules; within a module they are free to import each other. */
    private static final Map<String, List<String>> OTHERS = Map.of(
            "model", List.of("", "link", "share", "client"),
            "kit", List.of("command", "http", "link", "log", "metrics", "process", "tls", "unix"),
            "scale", List.of(""),
            "sql", List.of(""),
            "cli", List.of("", "build", "command", "connect", "image", "local", "term"),
            "proof", List.of("rig", "bench", "fake", "sim", "simhosts", "soak", "report"));

    private static final String[] PURE = {
        "io.mosaic.controller.cluster..",
        "io.mosaic.controller.set..",
        "io.mosaic.controller.app..",
        "io.mosaic.controller.host..",
        "io.mosaic.controller.schedule..",
        "io.mosaic.controller.reconcile..",
        "io.mosaic.controller.scale..",
        "io.mosaic.controller.share..",
        "io.mosaic.scale..",
        "io.mosaic.images.manifest..",
    };

    /** What the agent decides with; the rest of {@code desired} acts. */
    private static final List<String> PLANNER = Stream.of(
                    "SetPlanner",
                    "RunPlan",
                    "Replacements",
                    "Preparation",
                    "LiveLimits",
                    "Successor",
                    "Stopping",
                    "Planning",
                    "Plan",
                    "Ends",
                    "Step",
                    "Blueprint",
                    "SetGoal",
                    "SetMemory",
                    "ContainerMemory",
                    "ObservedSet",
                    "ObservedContainer",
                    "SetOutcomes",
                    "Outcome",
                    "Reasons")
            .map(name -> "io.mosaic.agent.desired." + name)
            .toList();

    @Test
    void theTablesNameEveryPackageThatExists() {
        SortedSet<String> named = new TreeSet<>();
        CONTROLLER.forEach(each -> named.add(packageName("controller", each)));
        named.add("io.mosaic.controller.store.embedded");
        named.add("io.mosaic.images.blob.s3");
        IMAGES.forEach(each -> named.add(packageName("images", each)));
        AGENT.keySet().forEach(each -> named.add(packageName("agent", each)));
        OTHERS.forEach((module, packages) -> packages.forEach(each -> named.add(packageName(module, each))));
        SortedSet<String> existing = new TreeSet<>();
        CLASSES.forEach(each -> existing.add(each.getPackageName()));
        existing.removeAll(named);
        assertThat(existing).as("packages that no table names").isEmpty();
    }

    @Test
    void theTablesNameNothingThatIsGone() {
        assertThat(PLANNER)
                .allSatisfy(name -> assertThat(CLASSES.contain(name)).as(name).isTrue());
    }

    @Test
    void modulesImportOnlyWhatTheTableAllows() {
        List<String> faults = new ArrayList<>();
        eachImport((from, to) -> {
            String module = module(from);
            String target = module(to);
            if (!module.equals(target)
                    && !MODULES.getOrDefault(module, List.of()).contains(target)) {
                faults.add(from.getName() + " imports " + to.getName());
            }
        });
        assertThat(faults).isEmpty();
    }

    @Test
    void controllerPackagesImportInwardOnly() {
        importInwardOnly("controller", CONTROLLER);
    }

    @Test
    void imagePackagesImportInwardOnly() {
        importInwardOnly("images", IMAGES);
    }

    private static void importInwardOnly(String module, List<String> packages) {
        List<String> faults = new ArrayList<>();
        eachImport((from, to) -> {
            if (module(from).equals(module)
                    && module(to).equals(module)
                    && packages.indexOf(part(to)) > packages.indexOf(part(from))) {
                faults.add(from.getName() + " imports " + to.getName() + ", which is further out");
            }
        });
        assertThat(faults).isEmpty();
    }

    @Test
    void onlyDesiredComposesDrivers() {
        List<String> faults = new ArrayList<>();
        eachImport((from, to) -> {
            if (module(from).equals("agent")
                    && module(to).equals("agent")
                    && !part(from).equals(part(to))
                    && !AGENT.getOrDefault(part(from), List.of()).contains(part(to))) {
                faults.add(from.getName() + " imports " + to.getName());
            }
        });
        assertThat(faults).isEmpty();
    }

    @Test
    void pureCodeHasNoClockThreadSocketFileOrChance() {
        var agentPlanner = simpleName("SetPlanner").or(simpleName("SetPlan"));
        var pure = resideInAnyPackage(PURE)
                .or(resideInAnyPackage("io.mosaic.agent.desired").and(agentPlanner));
        noClasses()
                .that(pure)
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "java.sql..", "javax.sql..", "java.net..", "java.nio.file..", "java.util.concurrent..")
                        // A path is a value; what would use it is refused.
                        .and(not(simpleName("Path").or(simpleName("URI")).or(simpleName("URISyntaxException")))))
                .check(CLASSES);
        noClasses()
                .that(pure)
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.Thread")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.time.Clock")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .callMethod(java.util.UUID.class, "randomUUID")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .callConstructor(java.util.Random.class)
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage("io.mosaic.model")
                .should()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .callMethod(java.util.UUID.class, "randomUUID")
                .check(CLASSES);
    }

    /** What is compared with the store's doing is read without its code. */
    @Test
    void sqlIsInTheStoreOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.mosaic.controller.store..", "io.mosaic.images.catalog..", "io.mosaic.sql..")
                .and()
                .doNotHaveFullyQualifiedName("io.mosaic.proof.rig.LoggedChange")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.sql..", "javax.sql..", "org.jdbi..", "com.zaxxer..", "org.postgresql..", "org.flywaydb..")
                .check(CLASSES);
    }

    /** Commands run to their end in one place; the database's server, which lives on, is started by its own package. */
    @Test
    void processesAreStartedInOnePlace() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.mosaic.kit.command..",
                        "io.mosaic.controller.store.embedded..",
                        "io.mosaic.cli..",
                        "io.mosaic.proof..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.ProcessBuilder")
                .orShould()
                .callMethod(Runtime.class, "exec", String[].class)
                .orShould()
                .callMethod(Runtime.class, "exec", String.class)
                .check(CLASSES);
    }

    @Test
    void noShellIsEverCalled() throws IOException {
        Pattern shell = Pattern.compile("(ba|da|a|z)?sh\"\\s*,\\s*\"-[a-z]*c");
        List<String> faults = new ArrayList<>();
        for (Path source : sources()) {
            if (shell.matcher(Files.readString(source)).find()) {
                faults.add(source.toString());
            }
        }
        assertThat(faults).as("sources that name a shell").isEmpty();
    }

    @Test
    void namesSayWhatAThingIs() {
        Pattern bad = Pattern.compile("Set|.*(Impl|Utils?|Manager|Helper)");
        assertThat(CLASSES.stream()
                        .filter(each -> bad.matcher(each.getSimpleName()).matches())
                        .map(JavaClass::getName))
                .isEmpty();
    }

    @Test
    void everyPackageIsNullMarkedAndSaysWhyItExists() throws IOException {
        List<String> faults = new ArrayList<>();
        for (JavaClass each : CLASSES) {
            if (!each.getPackage().isAnnotatedWith(NullMarked.class)) {
                faults.add(each.getPackageName());
            }
        }
        assertThat(faults.stream().distinct()).as("without @NullMarked").isEmpty();
        for (Path source : sources()) {
            if (source.endsWith("package-info.java")
                    && !Files.readString(source).startsWith("/**")) {
                faults.add(source.toString());
            }
        }
        assertThat(faults).as("without a sentence").isEmpty();
    }

    /** Main sources of every module. */
    private static List<Path> sources() throws IOException {
        Path root = Path.of("").toAbsolutePath().getParent();
        List<Path> found = new ArrayList<>();
        for (String module : MODULES.keySet()) {
            try (Stream<Path> files = Files.walk(root.resolve(module + "/src/main/java"))) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(found::add);
            }
        }
        assertThat(found).hasSizeGreaterThan(50);
        return found;
    }

    /** Hears of one class that imports another. */
    private interface Import {
        void found(JavaClass from, JavaClass to);
    }

    private static void eachImport(Import each) {
        for (JavaClass from : CLASSES) {
            from.getDirectDependenciesFromSelf().stream()
                    .map(dependency -> dependency.getTargetClass().getBaseComponentType())
                    .filter(to -> to.getPackageName().startsWith("io.mosaic."))
                    .distinct()
                    .forEach(to -> each.found(from, to));
        }
    }

    private static String outermost(JavaClass type) {
        return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type.getName());
    }

    private static String packageName(String module, String part) {
        return "io.mosaic." + module + (part.isEmpty() ? "" : "." + part);
    }

    /** {@code controller} of {@code io.mosaic.controller.store.X}. */
    private static String module(JavaClass type) {
        return type.getPackageName().split("\\.", -1)[2];
    }

    /** {@code store} of {@code io.mosaic.controller.store.X}. */
    private static String part(JavaClass type) {
        String[] parts = type.getPackageName().split("\\.", -1);
        return parts.length > 3 ? parts[3] : "";
    }
}
