package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.image.Platform;
import io.mosaic.cli.local.ClusterCommand;
import io.mosaic.cli.local.DownCommand;
import io.mosaic.cli.local.QuickstartCommand;
import io.mosaic.cli.local.UpCommand;
import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import io.mosaic.model.Interval;
import io.mosaic.model.Role;
import java.lang.reflect.Constructor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/**
 * Builds the commands for picocli. Reading a command's annotations costs milliseconds, so a run builds only the branch
 * that its first word names.
 */
public final class CommandTree {
    private static final int WIDTH_CHARS = 100;

    private CommandTree() {}

    private static Map<String, Function<Session, Object>> branches() {
        Map<String, Function<Session, Object>> branches = new LinkedHashMap<>();
        branches.put("quickstart", session -> new QuickstartCommand());
        branches.put("up", session -> new UpCommand());
        branches.put("down", session -> new DownCommand());
        branches.put("cluster", session -> new ClusterCommand());
        branches.put("set", SetCommand::new);
        branches.put("app", AppCommand::new);
        branches.put("host", HostCommand::new);
        branches.put("rebalance", RebalanceCommand::new);
        branches.put("pool", PoolCommand::new);
        branches.put("image", ImageCommand::new);
        branches.put("images", ImagesCommand::new);
        branches.put("event", EventCommand::new);
        branches.put("token", TokenCommand::new);
        branches.put("tenant", TenantCommand::new);
        branches.put("audit", AuditCommand::new);
        branches.put("context", ContextCommand::new);
        branches.put("completion", CompletionCommand::new);
        branches.put("version", VersionCommand::new);
        branches.put("test", TestCommand::new);
        branches.put("bench", BenchCommand::new);
        branches.put("simhosts", SimhostsCommand::new);
        branches.put("simulate", SimulateCommand::new);
        branches.put("soak", SoakCommand::new);
        branches.put("warm-up", WarmUpCommand::new);
        return branches;
    }

    /** Every command. */
    public static CommandLine whole(Session session) {
        return build(session, branches());
    }

    /** The root alone, for what it answers itself, such as its version. */
    public static CommandLine root(Session session) {
        return build(session, Map.of());
    }

    /** What this command needs: one branch when there is one of this name, else all. */
    public static CommandLine forCommand(Session session, String command) {
        Map<String, Function<Session, Object>> all = branches();
        Function<Session, Object> one = all.get(command);
        return build(session, one == null ? all : Map.of(command, one));
    }

    private static CommandLine build(Session session, Map<String, Function<Session, Object>> branches) {
        CommandLine.IFactory factory = new SessionFactory(session);
        CommandLine root = new CommandLine(new MosCommand(session), factory);
        branches.forEach((name, make) -> root.addSubcommand(name, new CommandLine(make.apply(session), factory)));
        withVersion(root);
        root.registerConverter(Cpu.class, text -> converted(text, Cpu::parse))
                .registerConverter(Bytes.class, text -> converted(text, Bytes::parse))
                .registerConverter(Interval.class, text -> converted(text, Interval::parse))
                .registerConverter(Platform.class, text -> converted(text, Platform::parse))
                .registerConverter(Role.class, text -> converted(text, Role::parse))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .setUsageHelpAutoWidth(false)
                .setUsageHelpWidth(WIDTH_CHARS);
        return root;
    }

    private static void withVersion(CommandLine command) {
        command.getCommandSpec().version("mos " + VersionCommand.version());
        command.getSubcommands().values().forEach(CommandTree::withVersion);
    }

    private static <T> T converted(String text, Function<? super String, T> parse) {
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(String.valueOf(e.getMessage()));
        }
    }

    /** Gives each command the session; option groups have no need of it. */
    private record SessionFactory(Session session) implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            for (Constructor<?> constructor : type.getDeclaredConstructors()) {
                if (constructor.getParameterCount() == 1 && constructor.getParameterTypes()[0] == Session.class) {
                    return type.cast(constructor.newInstance(session));
                }
            }
            return CommandLine.defaultFactory().create(type);
        }
    }
}
