package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.model.HostResource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** On which hosts something is to be done. */
final class HostChoice {

    @Option(names = "--host", paramLabel = "HOST", description = "On this host; repeatable")
    private List<String> hosts = new ArrayList<>();

    @Option(names = "--pool", paramLabel = "POOL", description = "On the hosts of this pool")
    private @Nullable String pool;

    @Option(
            names = {"-l", "--label"},
            paramLabel = "KEY=VALUE",
            description = "On hosts with this label; repeatable, all must match")
    private List<String> labels = new ArrayList<>();

    @Option(names = "--all", description = "On all hosts")
    private boolean all;

    /** Their names, each once: those named in the order given, else in that of names. */
    List<String> names(Session session) {
        boolean chosen = pool != null || !labels.isEmpty();
        if ((all ? 1 : 0) + (chosen ? 1 : 0) + (hosts.isEmpty() ? 0 : 1) != 1) {
            throw new CliException(ExitCode.USAGE, "say where: --host, --pool or --label, or --all");
        }
        if (!hosts.isEmpty()) {
            return List.copyOf(new LinkedHashSet<>(hosts));
        }
        Set<Map.Entry<String, String>> wanted = new LinkedHashSet<>();
        for (String label : labels) {
            int equals = label.indexOf('=');
            if (equals < 1) {
                throw new CliException(ExitCode.USAGE, "a label is KEY=VALUE, not " + label);
            }
            wanted.add(Map.entry(label.substring(0, equals), label.substring(equals + 1)));
        }
        List<String> names = session.client().hosts().list().items().stream()
                .filter(host -> pool == null || pool.equals(host.spec().pool()))
                .filter(host -> host.spec().labels().entrySet().containsAll(wanted))
                .map(HostResource::name)
                .toList();
        if (names.isEmpty()) {
            throw new CliException(ExitCode.NOT_FOUND, "no host is so");
        }
        return names;
    }
}
