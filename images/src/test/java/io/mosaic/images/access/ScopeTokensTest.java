package io.mosaic.images.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.images.manifest.RepositoryName;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScopeTokensTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Scope PUSH = new Scope(new RepositoryName("food/web"), Set.of(Action.PULL, Action.PUSH));

    @TempDir
    private Path directory;

    private ScopeTokens tokens;
    private String token;

    @BeforeEach
    void make() throws IOException {
        tokens = tokens("keys");
        token = tokens.make("ci", "hash", List.of(PUSH), NOW);
    }

    private ScopeTokens tokens(String file) throws IOException {
        return new ScopeTokens(TokenKeys.open(directory.resolve(file), new SecureRandom(), () -> NOW));
    }

    @Test
    void whatIsMadeIsRead() {
        ScopeTokens.Read read = tokens.read(token, NOW);
        assertThat(read.token()).isEqualTo("ci");
        assertThat(tokens.proves(read, "hash", NOW)).isTrue();
        assertThat(tokens.proves(read, "other", NOW)).isFalse();
        assertThat(read.covers(new Scope(new RepositoryName("food/web"), Set.of(Action.PUSH))))
                .isTrue();
        assertThat(read.covers(new Scope(new RepositoryName("food/web"), Set.of(Action.DELETE))))
                .isFalse();
        assertThat(read.covers(new Scope(new RepositoryName("food/api"), Set.of(Action.PULL))))
                .isFalse();
    }

    @Test
    void itEnds() {
        assertThat(tokens.read(token, NOW.plus(ScopeTokens.LIFE).minusSeconds(1)))
                .isNotNull();
        assertThat(tokens.read(token, NOW.plus(ScopeTokens.LIFE))).isNull();
    }

    @Test
    void everyChangedCharacterIsNoticed() throws IOException {
        for (int i = 0; i < token.length(); i++) {
            char other = token.charAt(i) == 'A' ? 'B' : 'A';
            String changed = token.substring(0, i) + other + token.substring(i + 1);
            // The last character of the signature holds two bits that stand for nothing; as text it is compared whole.
            assertThat(tokens.read(changed, NOW)).as("character %d", i).isNull();
        }
        assertThat(tokens.read("", NOW)).isNull();
        assertThat(tokens.read("mosreg_.", NOW)).isNull();
        assertThat(tokens.read(token + "x", NOW)).isNull();
        assertThat(tokens.read("mosreg_01234567.", NOW)).isNull();
        assertThat(tokens("others").read(token, NOW)).isNull();
    }

    @Test
    void scopesAsClientsWriteThem() {
        assertThat(Scope.parse("repository:food/web:pull,push")).isEqualTo(PUSH);
        assertThat(Scope.parse("repository:food/web:*").actions()).containsExactlyInAnyOrder(Action.values());
        assertThat(Scope.parse("repository:food/web:fly").actions()).isEmpty();
        assertThat(Scope.parse("registry:catalog:*")).isNull();
        assertThat(Scope.parse("repository:../x:pull")).isNull();
        assertThat(Scope.parse("repository:")).isNull();
        assertThat(Scope.parse("")).isNull();
    }
}
