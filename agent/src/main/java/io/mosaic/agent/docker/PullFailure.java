package io.mosaic.agent.docker;

import io.mosaic.agent.docker.DockerException.Kind;
import java.util.List;
import java.util.Locale;

/** What a failed pull means. The daemon tells it in words alone: most come behind a status of 200 or as a 500. */
final class PullFailure {

    /** From the registry's error codes (distribution spec) and the daemon's own sentences. */
    private static final List<String> MISSING = List.of(
            "manifest unknown", "name unknown", "repository does not exist", "not found: manifest", "no such image");

    private static final List<String> DENIED = List.of("unauthorized", "access denied", "denied:", "no basic auth");

    /** Go's words for a registry that does not answer. */
    private static final List<String> SILENT = List.of(
            "dial tcp",
            "no such host",
            "connection refused",
            "connection reset",
            "i/o timeout",
            "tls handshake",
            "network is unreachable",
            "client.timeout exceeded",
            "context deadline exceeded",
            "proxyconnect",
            "server misbehaving",
            "unexpected eof");

    private PullFailure() {}

    static DockerException explained(DockerException e) {
        if (e.kind() != Kind.FAILED && e.kind() != Kind.NOT_FOUND) {
            return e;
        }
        String message = String.valueOf(e.getMessage());
        String words = message.toLowerCase(Locale.ROOT);
        Kind kind = e.kind();
        if (any(SILENT, words)) {
            kind = Kind.UNREACHABLE;
        } else if (any(MISSING, words)) {
            kind = Kind.NOT_FOUND;
        } else if (any(DENIED, words)) {
            kind = Kind.REFUSED;
        }
        return kind == e.kind() ? e : new DockerException(kind, message, e);
    }

    private static boolean any(List<String> signs, String words) {
        return signs.stream().anyMatch(words::contains);
    }
}
