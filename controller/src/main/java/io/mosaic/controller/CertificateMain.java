package io.mosaic.controller;

import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.Credentials;
import io.mosaic.kit.tls.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;

/**
 * {@code io.mosaic.controller.CertificateMain CA_DIRECTORY PREFIX NAME...}: a server certificate of the cluster's CA for
 * those names, for a proxy before the controllers: {@code PREFIX.pem}, the chain, and {@code PREFIX.key}, readable to its
 * owner only.
 */
public final class CertificateMain {

    private CertificateMain() {}

    public static void main(String[] args) {
        if (args.length < 3) {
            fail("usage: io.mosaic.controller.CertificateMain CA_DIRECTORY PREFIX NAME...");
        }
        Path ca = Path.of(args[0]);
        try {
            if (!Files.exists(ca.resolve("ca.key"))) {
                // A new CA by a mistyped path would be worth nothing to anybody.
                throw new IOException("no CA in " + ca);
            }
            Credentials issued =
                    ClusterAuthority.loadOrCreate(ca).issueServer(List.of(args).subList(2, args.length));
            DurableFile.writeSecret(Path.of(args[1] + ".key"), issued.keyPem().getBytes(StandardCharsets.US_ASCII));
            DurableFile.writePublic(Path.of(args[1] + ".pem"), issued.chainPem().getBytes(StandardCharsets.US_ASCII));
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            fail(String.valueOf(e.getMessage()));
        }
    }

    private static void fail(String line) {
        System.err.println("mosaic certificate: " + line);
        System.exit(1);
    }
}
