package io.mosaic.images.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.HostGrant;
import io.mosaic.model.ProblemException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a host may with what a controller granted. */
class HostGrantsTest {

    private static final RepositoryName WEB = Objects.requireNonNull(RepositoryName.parse("food/web"));
    private static final RepositoryName OTHER = Objects.requireNonNull(RepositoryName.parse("food/other"));
    private static final RepositoryName FOREIGN = Objects.requireNonNull(RepositoryName.parse("shop/web"));

    @TempDir
    private Path directory;

    private ClusterAuthority authority;
    private Gate gate;

    @BeforeEach
    void trust() throws Exception {
        authority = ClusterAuthority.loadOrCreate(directory);
        TokenKeys keys = TokenKeys.open(directory.resolve("keys"), new SecureRandom(), InstantSource.system());
        gate = new Gate(name -> null, tenant -> true, new ScopeTokens(keys), InstantSource.system());
    }

    private String bearer(String... scopes) throws Exception {
        long expires = Instant.now().plusSeconds(60).getEpochSecond();
        return "Bearer "
                + new HostGrant("h1", "food", "host h1", List.of(scopes), expires).sealed(authority.issueController());
    }

    @Test
    void pullsWhatItSaysAndNothingElse() throws Exception {
        gate.takeGrants(authority.certificate());
        String bearer = bearer("repository:food/web:pull", "repository:shop/web:pull");
        assertThat(gate.enter(bearer, WEB, Action.PULL).name()).isEqualTo("host h1");
        assertThatThrownBy(() -> gate.enter(bearer, OTHER, Action.PULL)).isInstanceOf(Gate.ChallengeException.class);
        assertThatThrownBy(() -> gate.enter(bearer, WEB, Action.PUSH)).isInstanceOf(ProblemException.class);
        assertThatThrownBy(() -> gate.enter(bearer, FOREIGN, Action.PULL))
                .as("also a controller names another tenant in vain")
                .isInstanceOf(ProblemException.class);
    }

    @Test
    void pushesWhereItSaysSo() throws Exception {
        gate.takeGrants(authority.certificate());
        String bearer = bearer("repository:food/web:pull,push");
        assertThat(gate.enter(bearer, WEB, Action.PUSH).name()).isEqualTo("host h1");
        assertThatThrownBy(() -> gate.enter(bearer, WEB, Action.DELETE)).isInstanceOf(ProblemException.class);
    }

    @Test
    void isNothingWhereNoAuthorityIsKnown() throws Exception {
        String bearer = bearer("repository:food/web:pull");
        assertThatThrownBy(() -> gate.enter(bearer, WEB, Action.PULL))
                .isInstanceOf(Gate.ChallengeException.class)
                .hasMessageContaining("not taken here");
    }
}
