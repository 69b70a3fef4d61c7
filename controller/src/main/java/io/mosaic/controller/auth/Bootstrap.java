package io.mosaic.controller.auth;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.kit.tls.DurableFile;
import io.mosaic.model.Kind;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.Role;
import io.mosaic.model.TenantResource;
import io.mosaic.model.TenantSpec;
import io.mosaic.model.TokenResource;
import io.mosaic.model.TokenSpec;
import io.mosaic.model.TokenText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a new cluster needs before anybody can use it: the tenant {@code default} and one admin token, written to a file
 * that only the owner reads. The file comes first, so that a start killed half-way leaves no token that nobody knows; the
 * next start finishes. Controllers that start together make one token.
 */
public final class Bootstrap {

    private static final Logger LOG = LoggerFactory.getLogger(Bootstrap.class);
    private static final String ADMIN = "admin";

    private Bootstrap() {}

    /**
     * Makes what is missing; once any token exists, nothing.
     *
     * @param tokenFile where the admin token goes, 0600, the token and a newline
     * @throws IOException when the file cannot be written
     */
    public static void run(ClusterLog log, Path tokenFile, SecureRandom random, Instant now)
            throws IOException, InterruptedException {
        UUID tenantUid = UUID.randomUUID();
        log.commit(head -> head.tenant(TenantResource.DEFAULT) != null
                ? Decision.Decided.NOTHING
                : Decision.Decided.of(new Change.Put(new TenantResource(
                        TenantResource.DEFAULT, tenantUid, 0, now, new TenantSpec(TenantResource.DEFAULT, null)))));
        if (!log.image().resources(Kind.TOKEN).isEmpty()) {
            return;
        }
        TokenText text = written(tokenFile);
        if (text == null) {
            text = TokenText.random(ADMIN, random);
            DurableFile.writeSecret(tokenFile, (text.api() + "\n").getBytes(StandardCharsets.US_ASCII));
        }
        String hash = text.hash();
        TokenResource token = new TokenResource(
                text.name(),
                UUID.randomUUID(),
                0,
                now,
                new TokenSpec(TokenSpec.Purpose.API, Role.ADMIN, List.of(), null, hash));
        List<String> others = new ArrayList<>();
        log.commit(head -> {
            if (!head.resources(Kind.TOKEN).isEmpty()) {
                others.add(hash);
                return Decision.Decided.NOTHING;
            }
            return Decision.Decided.of(new Change.Put(token));
        });
        if (!others.isEmpty() && !hashKept(log, text, hash)) {
            // Another controller was first; its file holds the one that counts.
            Files.deleteIfExists(tokenFile);
            return;
        }
        LOG.info("the admin token is in {}", tokenFile);
    }

    private static boolean hashKept(ClusterLog log, TokenText text, String hash) {
        return log.image().get(ResourceKey.token(text.name())) instanceof TokenResource kept
                && hash.equals(kept.spec().secretHash());
    }

    /** The token that a start killed half-way wrote, or null. */
    private static @Nullable TokenText written(Path tokenFile) throws IOException {
        return Files.exists(tokenFile)
                ? TokenText.parse(Files.readString(tokenFile).strip())
                : null;
    }
}
