package io.mosaic.controller.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.store.LogSettings;
import io.mosaic.controller.store.MemoryStore;
import io.mosaic.controller.store.StoreLog;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.TokenAuthenticator;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Role;
import io.mosaic.model.TenantSpec;
import io.mosaic.model.TokenSpec;
import io.mosaic.model.TokenText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuthTest {

    private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");
    private static final SecureRandom RANDOM = new SecureRandom();

    private ClusterImage image = ClusterImage.EMPTY;

    private void apply(Decision decision) {
        for (Change change : decision.decide(image).changes()) {
            image = image.apply(change.at(image.revision() + 1));
        }
    }

    private TokenText token(String name, Role role, Instant expires) {
        TokenText text = TokenText.random(name, RANDOM);
        TokenSpec.Purpose purpose = role == null ? TokenSpec.Purpose.JOIN : TokenSpec.Purpose.API;
        apply(TokenDecisions.create(
                name, new TokenSpec(purpose, role, List.of(), expires, text.hash()), UUID.randomUUID(), NOW));
        return text;
    }

    private Caller authenticate(String header, Instant now) {
        return new TokenAuthenticator(image::token, InstantSource.fixed(now)).authenticate(header);
    }

    @Test
    void acceptsATokenUntilItExpires() {
        TokenText text = token("ci", Role.VIEWER, NOW.plusSeconds(10));
        assertThat(authenticate("Bearer " + text.api(), NOW)).isEqualTo(new Caller("ci", Role.VIEWER, List.of()));
        assertThat(authenticate("bearer  " + text.api(), NOW).name()).isEqualTo("ci");
        refused("Bearer " + text.api(), NOW.plusSeconds(10));
    }

    @Test
    void refusesWhatProvesNothing() {
        TokenText text = token("ci", Role.VIEWER, null);
        TokenText join = token("host", null, null);
        refused(null, NOW);
        refused("Basic " + text.api(), NOW);
        refused("Bearer " + text.api().replace("ci", "other"), NOW);
        refused("Bearer " + TokenText.random("ci", RANDOM).api(), NOW);
        refused("Bearer mos_" + join.name() + "_" + join.secret(), NOW);
        assertThat(text.toString()).doesNotContain(text.secret());
    }

    private void refused(String header, Instant now) {
        assertThatThrownBy(() -> authenticate(header, now))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.is(Problem.Kind.UNAUTHENTICATED)).isTrue());
    }

    private void refused(Decision decision, Problem.Kind kind) {
        assertThatThrownBy(() -> decision.decide(image))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.is(kind)).isTrue());
    }

    @Test
    void keepsTheLastTokenThatCanMakeOthers() {
        token("admin", Role.ADMIN, null);
        refused(TokenDecisions.delete("admin", null, NOW), Problem.Kind.CONFLICT);
        token("second", Role.ADMIN, NOW.plusSeconds(5));
        refused(TokenDecisions.delete("admin", null, NOW.plusSeconds(5)), Problem.Kind.CONFLICT);
        refused(TokenDecisions.delete("admin", 99L, NOW), Problem.Kind.STALE);
        // The second ends by itself: then nobody could make tokens any more.
        refused(TokenDecisions.delete("admin", null, NOW), Problem.Kind.CONFLICT);
        token("third", Role.ADMIN, null);
        apply(TokenDecisions.delete("admin", null, NOW));
        assertThat(image.token("admin")).isNull();
        refused(TokenDecisions.delete("admin", null, NOW), Problem.Kind.NOT_FOUND);
    }

    @Test
    void limitsTokensToTenantsThatExist() {
        TokenSpec spec = new TokenSpec(TokenSpec.Purpose.API, Role.VIEWER, List.of("shop"), null, "00");
        refused(TokenDecisions.create("a", spec, UUID.randomUUID(), NOW), Problem.Kind.INVALID);
        apply(TenantDecisions.create(new TenantSpec("shop", null), UUID.randomUUID(), NOW));
        apply(TokenDecisions.create("a", spec, UUID.randomUUID(), NOW));
        refused(TokenDecisions.create("a", spec, UUID.randomUUID(), NOW), Problem.Kind.EXISTS);
        refused(TenantDecisions.delete("shop", null), Problem.Kind.CONFLICT);
        apply(TokenDecisions.delete("a", null, NOW));
        apply(TenantDecisions.delete("shop", null));
        assertThat(image.tenant("shop")).isNull();
    }

    @Test
    void bootstrapsOnceAndFinishesWhatAKillLeft(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("admin.token");
        MemoryStore store = new MemoryStore(Clock.systemUTC());
        try (StoreLog log = StoreLog.open(store, LogSettings.DEFAULT, Clock.systemUTC())) {
            // As a kill between the file and the commit leaves it.
            String left = TokenText.random("admin", RANDOM).api();
            Files.writeString(file, left + "\n");
            Bootstrap.run(log, file, RANDOM, NOW);
            Bootstrap.run(log, file, RANDOM, NOW);
            assertThat(Files.readString(file)).isEqualTo(left + "\n");
            assertThat(new TokenAuthenticator(name -> log.image().token(name), InstantSource.fixed(NOW))
                            .authenticate("Bearer " + left)
                            .role())
                    .isEqualTo(Role.ADMIN);
            assertThat(log.image().tenant("default")).isNotNull();
        }
        Path fresh = directory.resolve("fresh.token");
        try (StoreLog log = StoreLog.open(new MemoryStore(Clock.systemUTC()), LogSettings.DEFAULT, Clock.systemUTC())) {
            Bootstrap.run(log, fresh, RANDOM, NOW);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(fresh)))
                    .isEqualTo("rw-------");
        }
    }
}
