package io.mosaic.cli.build;

import io.mosaic.cli.image.Blob;
import io.mosaic.cli.image.Image;
import io.mosaic.cli.image.ImageFault;
import io.mosaic.cli.image.ImageJson;
import io.mosaic.cli.image.LayerFile;
import io.mosaic.cli.image.Platform;
import io.mosaic.cli.image.Scratch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Builds an image from a Dockerfile that copies files and says how to run them. What it does not do, and first of all RUN, is refused
 * with the line's number; nothing is passed over. The same files give the same image. Not thread-safe.
 */
public final class ImageBuild {
    private static final Pattern FROM = Pattern.compile("(\\S+)(?:\\s+(?i:as)\\s+\\S+)?");
    private static final Pattern PORT = Pattern.compile("\\d{1,5}(?:-\\d{1,5})?(?:/(?:tcp|udp|sctp))?");
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern OWNER = Pattern.compile("(\\d{1,9}|root)(?::(\\d{1,9}|root))?");
    private static final String BUILDER = "; a builder can: --builder docker, or --builder buildah";

    /** Finds what FROM names. */
    public interface BaseFinder {
        /** A repository and a tag or digest. */
        record Found(String repository, String reference) {}

        Found find(String name);
    }

    private final Path directory;
    private final Map<String, String> arguments;
    private final Platform platform;
    private final BaseFinder finder;
    private final Bases bases;
    private final Scratch scratch;

    private final Map<String, String> globals = new LinkedHashMap<>();
    private final Map<String, String> declared = new LinkedHashMap<>();
    private final Set<String> unused;
    private final List<Blob> layers = new ArrayList<>();
    private @Nullable ObjectNode root;
    private @Nullable Context context;
    private @Nullable BaseTree tree;
    private boolean commandSet;

    /** @param arguments for ARG */
    public ImageBuild(
            Path directory,
            Map<String, String> arguments,
            Platform platform,
            BaseFinder finder,
            Bases bases,
            Scratch scratch) {
        this.directory = directory;
        this.arguments = Map.copyOf(arguments);
        this.platform = platform;
        this.finder = finder;
        this.bases = bases;
        this.scratch = scratch;
        this.unused = new TreeSet<>(arguments.keySet());
        globals.put("TARGETPLATFORM", platform.toString());
        globals.put("TARGETOS", platform.os());
        globals.put("TARGETARCH", platform.architecture());
        globals.put("TARGETVARIANT", platform.variant());
    }

    /** Arguments that no ARG asked for, once it is built. */
    public Set<String> unused() {
        return Set.copyOf(unused);
    }

    /** @throws ImageFault naming the line that cannot be built, and why */
    public Image build(Path dockerfile) throws IOException {
        byte[] text;
        try (InputStream in = Files.newInputStream(dockerfile)) {
            text = in.readNBytes(Dockerfile.BYTES_MAX + 1);
        }
        if (text.length > Dockerfile.BYTES_MAX) {
            throw new ImageFault(dockerfile + " is longer than any Dockerfile");
        }
        List<Instruction> instructions = Dockerfile.read(new String(text, java.nio.charset.StandardCharsets.UTF_8));
        // All is looked at before anything is fetched: a build that cannot end does not begin.
        for (Instruction each : instructions) {
            refuse(each);
        }
        for (Instruction each : instructions) {
            try {
                step(each);
            } catch (ImageFault e) {
                throw new ImageFault("line " + each.line() + ": " + each.word() + ": " + e.getMessage(), e);
            }
        }
        ObjectNode config = root;
        if (config == null) {
            throw new ImageFault(dockerfile + " has no FROM");
        }
        return ImageJson.image(ImageJson.bytes(config), layers);
    }

    private static void refuse(Instruction each) throws ImageFault {
        String why = switch (each.word()) {
            case "RUN" -> "runs a command, which needs a container" + BUILDER;
            case "ONBUILD" -> "is not understood here" + BUILDER;
            case "COPY", "ADD" ->
                each.flags().stream().anyMatch(flag -> flag.startsWith("--from"))
                        ? "from another stage or image is not understood here" + BUILDER
                        : "";
            case "FROM", "ARG", "ENV", "LABEL", "WORKDIR", "USER", "EXPOSE", "VOLUME", "STOPSIGNAL", "SHELL" -> "";
            case "CMD", "ENTRYPOINT", "HEALTHCHECK", "MAINTAINER" -> "";
            default -> "is no instruction";
        };
        if (!why.isEmpty()) {
            throw new ImageFault("line " + each.line() + ": " + each.word() + " " + why);
        }
    }

    private void step(Instruction each) throws IOException {
        if (each.rest().isEmpty()) {
            throw new ImageFault("says nothing");
        }
        if (each.word().equals("FROM")) {
            from(each);
            return;
        }
        if (each.word().equals("ARG")) {
            argument(each);
            return;
        }
        if (root == null) {
            throw new ImageFault("must come after FROM");
        }
        if (!each.flags().isEmpty() && !Set.of("COPY", "ADD", "HEALTHCHECK").contains(each.word())) {
            throw new ImageFault("flags that are not understood: " + String.join(" ", each.flags()));
        }
        if (each.word().equals("COPY") || each.word().equals("ADD")) {
            copy(each);
            return;
        }
        setting(each);
        ImageJson.addStep(root(), each.word() + " " + each.rest());
    }

    private ObjectNode root() {
        return java.util.Objects.requireNonNull(root, "FROM comes first");
    }

    private ObjectNode config() {
        return root().path("config") instanceof ObjectNode there ? there : root().putObject("config");
    }

    private void from(Instruction each) throws IOException {
        if (root != null) {
            throw new ImageFault("a second stage is not understood here" + BUILDER);
        }
        Platform wanted = platform;
        for (String flag : each.flags()) {
            if (!flag.startsWith("--platform=")) {
                throw new ImageFault("flag " + flag + " is not understood");
            }
            try {
                wanted = Platform.parse(Words.whole(flag.substring(11), globals));
            } catch (IllegalArgumentException e) {
                throw new ImageFault(String.valueOf(e.getMessage()));
            }
        }
        var matcher = FROM.matcher(Words.whole(each.rest(), globals));
        if (!matcher.matches()) {
            throw new ImageFault("is FROM IMAGE, or FROM IMAGE AS NAME");
        }
        if (matcher.group(1).equals("scratch")) {
            root = ImageJson.config(wanted);
            tree = new BaseTree();
            return;
        }
        BaseFinder.Found found = finder.find(matcher.group(1));
        Bases.Base base = bases.find(found.repository(), found.reference(), wanted);
        // What docker notes of the container that an image was made in says nothing of this one.
        ObjectNode config = base.config();
        config.remove(List.of("container", "container_config", "parent", "id", "docker_version"));
        config.put("created", ImageJson.config(wanted).path("created").asString(""));
        root = config;
        layers.addAll(base.layers());
    }

    private void argument(Instruction each) throws ImageFault {
        for (String word : Words.split(each.rest(), root == null ? globals : variables())) {
            int equals = word.indexOf('=');
            String name = equals < 0 ? word : word.substring(0, equals);
            if (!NAME.matcher(name).matches()) {
                throw new ImageFault("not the name of an argument: " + name);
            }
            unused.remove(name);
            String value = arguments.get(name);
            if (value == null) {
                value = equals < 0 ? globals.get(name) : word.substring(equals + 1);
            }
            if (value != null) {
                (root == null ? globals : declared).put(name, value);
            }
        }
    }

    /** What a line may name: arguments, and before them the environment. */
    private Map<String, String> variables() {
        Map<String, String> all = new HashMap<>(declared);
        for (JsonNode each : config().path("Env")) {
            String text = each.asString("");
            int equals = text.indexOf('=');
            if (equals > 0) {
                all.put(text.substring(0, equals), text.substring(equals + 1));
            }
        }
        return all;
    }

    private void copy(Instruction each) throws IOException {
        long user = 0;
        long group = 0;
        Integer mode = null;
        for (String flag : each.flags()) {
            String value = Words.whole(flag.substring(flag.indexOf('=') + 1), variables());
            if (flag.startsWith("--chown=")) {
                var owner = OWNER.matcher(value);
                if (!owner.matches()) {
                    throw new ImageFault("--chown takes numbers, USER or USER:GROUP: names are looked up by a builder"
                            + BUILDER.substring(1));
                }
                user = id(owner.group(1));
                group = owner.group(2) == null ? user : id(owner.group(2));
            } else if (flag.startsWith("--chmod=") && value.matches("[0-7]{3,4}")) {
                mode = Integer.parseInt(value, 8);
            } else {
                throw new ImageFault("flag " + flag + " is not understood");
            }
        }
        List<String> words = each.list() == null ? Words.split(each.rest(), variables()) : expanded(each.list());
        if (words.size() < 2) {
            throw new ImageFault("is SOURCE... TARGET");
        }
        List<String> sources = words.subList(0, words.size() - 1);
        if (each.word().equals("ADD")) {
            local(sources);
        }
        BaseTree known = tree;
        if (known == null) {
            known = bases.tree(layers);
            tree = known;
        }
        CopyStep step = new CopyStep(context(), known, user, group, mode);
        LayerTree made = step.copy(sources, absolute(words.getLast()));
        LayerFile layer = made.write(scratch.file());
        layers.add(layer.blob());
        ImageJson.addLayer(root(), layer.diffId(), each.word() + " " + each.rest());
    }

    private static long id(String text) {
        return text.equals("root") ? 0 : Long.parseLong(text);
    }

    private Context context() throws IOException {
        Context known = context;
        if (known == null) {
            known = new Context(directory);
            context = known;
        }
        return known;
    }

    /** ADD fetches addresses and unpacks archives: neither happens here, and neither is passed over. */
    private void local(List<String> sources) throws IOException {
        for (String source : sources) {
            if (source.contains("://") || source.startsWith("git@")) {
                throw new ImageFault("of an address is not done here" + BUILDER);
            }
            for (String name : context().find(source)) {
                if (name.matches("(?i).*\\.(tar|tar\\.(gz|xz|bz2|zst)|tgz|txz|tbz2?)")) {
                    throw new ImageFault("would unpack " + name + ", which is not done here: COPY it, or use a builder"
                            + BUILDER.substring(1));
                }
            }
        }
    }

    private List<String> expanded(List<String> words) throws ImageFault {
        List<String> all = new ArrayList<>();
        for (String word : words) {
            all.add(Words.whole(word, variables()));
        }
        return all;
    }

    private String absolute(String path) {
        // A dot at the end is a directory, as docker has it.
        String named = path.equals(".") || path.endsWith("/.") ? path.substring(0, path.length() - 1) + "./" : path;
        if (named.startsWith("/")) {
            return named;
        }
        String directory = config().path("WorkingDir").asString("/");
        return (directory.endsWith("/") ? directory : directory + "/") + named;
    }

    private void setting(Instruction each) throws ImageFault {
        ObjectNode config = config();
        switch (each.word()) {
            case "ENV" -> pairs(each).forEach((name, value) -> environment(config, name, value));
            case "LABEL" -> {
                ObjectNode labels = object(config, "Labels");
                pairs(each).forEach(labels::put);
            }
            case "WORKDIR" ->
                config.put(
                        "WorkingDir",
                        Path.of(absolute(Words.whole(each.rest(), variables())))
                                .normalize()
                                .toString());
            case "USER" -> config.put("User", Words.whole(each.rest(), variables()));
            case "STOPSIGNAL" -> config.put("StopSignal", Words.whole(each.rest(), variables()));
            case "EXPOSE" -> {
                ObjectNode ports = object(config, "ExposedPorts");
                for (String port : Words.split(each.rest(), variables())) {
                    if (!PORT.matcher(port).matches()) {
                        throw new ImageFault("not a port: " + port);
                    }
                    ports.putObject(port.contains("/") ? port : port + "/tcp");
                }
            }
            case "VOLUME" -> {
                ObjectNode volumes = object(config, "Volumes");
                for (String path :
                        each.list() == null ? Words.split(each.rest(), variables()) : expanded(each.list())) {
                    volumes.putObject(path);
                }
            }
            case "SHELL" -> {
                if (each.list() == null) {
                    throw new ImageFault("is a list: [\"/bin/sh\", \"-c\"]");
                }
                texts(config, "Shell", each.list());
            }
            case "CMD" -> {
                texts(config, "Cmd", command(each.rest(), each.list()));
                commandSet = true;
            }
            case "ENTRYPOINT" -> {
                texts(config, "Entrypoint", command(each.rest(), each.list()));
                if (!commandSet) {
                    // The base's command was for the base's entrypoint.
                    config.remove("Cmd");
                }
            }
            case "HEALTHCHECK" -> config.set("Healthcheck", HealthLine.read(each, this::command));
            case "MAINTAINER" -> root().put("author", each.rest());
            default -> throw new ImageFault("is not understood");
        }
    }

    private List<String> command(String rest, @Nullable List<String> list) {
        if (list != null) {
            return list;
        }
        List<String> words = new ArrayList<>();
        config().path("Shell").forEach(word -> words.add(word.asString("")));
        if (words.isEmpty()) {
            // Only written into the image, as Dockerfiles mean it: a command that the user gave as text.
            words.addAll(List.of("/bin/sh -c".split(" ")));
        }
        words.add(rest);
        return words;
    }

    private static void environment(ObjectNode config, String name, String value) {
        ArrayNode all = ImageJson.object().putArray("Env");
        boolean replaced = false;
        for (JsonNode each : config.path("Env")) {
            boolean same = each.asString("").startsWith(name + "=");
            replaced |= same;
            all.add(same ? name + "=" + value : each.asString(""));
        }
        if (!replaced) {
            all.add(name + "=" + value);
        }
        config.set("Env", all);
    }

    /** {@code A=b C=d}, or {@code A all the rest}. */
    private Map<String, String> pairs(Instruction each) throws ImageFault {
        Map<String, String> pairs = new LinkedHashMap<>();
        String[] two = each.rest().split("\\s+", 2);
        if (two[0].indexOf('=') < 0) {
            if (two.length < 2) {
                throw new ImageFault("is NAME=VALUE");
            }
            pairs.put(two[0], Words.whole(two[1], variables()));
            return pairs;
        }
        for (String word : Words.split(each.rest(), variables())) {
            int equals = word.indexOf('=');
            if (equals < 1) {
                throw new ImageFault("is NAME=VALUE, and " + word + " is not");
            }
            pairs.put(word.substring(0, equals), word.substring(equals + 1));
        }
        return pairs;
    }

    private static ObjectNode object(ObjectNode config, String field) {
        return config.path(field) instanceof ObjectNode there ? there : config.putObject(field);
    }

    private static void texts(ObjectNode config, String field, List<String> texts) {
        ArrayNode array = config.putArray(field);
        texts.forEach(array::add);
    }
}
