package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Ages;
import io.mosaic.cli.term.Console;
import io.mosaic.cli.term.Table;
import io.mosaic.model.Page;
import io.mosaic.model.Role;
import io.mosaic.model.TokenResource;
import io.mosaic.model.client.TokenCalls;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands on tokens. */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        description = "Tokens: who may call the API.",
        footer = {"", "Example:", "  mos token list"})
public final class TokenCommand {
    private final Session session;

    public TokenCommand(Session session) {
        this.session = session;
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = {"Makes an API token. It is shown this once; only the token goes to standard output."},
            footer = {
                "",
                "Examples:",
                "  mos token create ci --role developer --tenant food --ttl 720h > ci.token",
                "  mos token create watcher --role viewer"
            })
    int create(
            @Parameters(paramLabel = "NAME") String name,
            @Option(
                            names = "--role",
                            required = true,
                            description = "viewer, developer, operator or admin",
                            paramLabel = "ROLE")
                    Role role,
            @Option(
                            names = "--tenants",
                            split = ",",
                            paramLabel = "NAME",
                            description = "May act for these tenants alone; --tenant names a single one; else for all")
                    @Nullable
                    List<String> tenants,
            @Option(names = "--ttl", paramLabel = "TIME", description = "How long it is good for; else for ever")
                    @Nullable
                    String ttl) {
        String one = session.options().tenant;
        List<String> bound = tenants != null ? tenants : one != null ? List.of(one) : List.of();
        TokenCalls.NewToken token = new TokenCalls.NewToken(name, "api", role, bound, ttl);
        session.console().out().println(session.client().tokens().create(token).token());
        return 0;
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            aliases = "ls",
            description = "Lists the tokens, without their secrets.",
            footer = {"", "Example:", "  mos token list -o json"})
    int list(@Mixin OutputOptions output) {
        Page<TokenResource> tokens = session.client().tokens().list();
        Console console = session.console();
        Instant now = console.clock().instant();
        if (output.data()) {
            output.print(console, tokens);
            return 0;
        }
        if (output.names()) {
            OutputOptions.names(
                    console, tokens.items().stream().map(TokenResource::name).toList());
            return 0;
        }
        Table table = new Table("NAME", "PURPOSE", "ROLE", "TENANTS", "AGE", "EXPIRES");
        for (TokenResource token : tokens.items()) {
            Role role = token.spec().role();
            Instant expires = token.spec().expires();
            table.row(
                    token.name(),
                    token.spec().purpose().name().toLowerCase(Locale.ROOT),
                    role == null ? "" : role.word(),
                    token.spec().tenants().isEmpty()
                            ? "all"
                            : String.join(",", token.spec().tenants()),
                    Ages.since(token.created(), now),
                    expires == null ? "never" : expires.isBefore(now) ? "expired" : "in " + Ages.since(now, expires));
        }
        console.out().print(table.text());
        return 0;
    }

    @Command(
            name = "delete",
            mixinStandardHelpOptions = true,
            aliases = "rm",
            description = "Makes tokens worth nothing, from now on.",
            footer = {"", "Example:", "  mos token delete ci"})
    int delete(@Parameters(paramLabel = "NAME", arity = "1..*") List<String> names) {
        for (String name : names) {
            session.client().tokens().delete(name);
            session.console().out().println(name + " deleted");
        }
        return 0;
    }
}
