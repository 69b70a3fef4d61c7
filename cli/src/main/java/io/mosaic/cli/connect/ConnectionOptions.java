package io.mosaic.cli.connect;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The options that every command takes, before or after its name. */
public final class ConnectionOptions {

    @Option(
            names = "--server",
            paramLabel = "URL",
            scope = ScopeType.INHERIT,
            order = 900,
            description = "The API, such as https://host:8443 (else MOS_SERVER)")
    public @Nullable String server;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            order = 901,
            description = "File that holds the token (else MOS_TOKEN, the token itself)")
    public @Nullable Path tokenFile;

    @Option(
            names = "--ca-file",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            order = 902,
            description = "The cluster's CA certificate, PEM (else MOS_CA_FILE)")
    public @Nullable Path caFile;

    @Option(
            names = "--context",
            paramLabel = "NAME",
            scope = ScopeType.INHERIT,
            order = 903,
            description = "A stored connection, see: mos context")
    public @Nullable String context;

    @Option(
            names = "--tenant",
            paramLabel = "NAME",
            scope = ScopeType.INHERIT,
            order = 904,
            description = "Tenant to act for (else MOS_TENANT)")
    public @Nullable String tenant;
}
