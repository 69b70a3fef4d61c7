package io.mosaic.kit.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostGrantTest {

    @TempDir
    private Path directory;

    private final Instant now = Instant.now();
    private final HostGrant grant = new HostGrant(
            "h1",
            "food",
            "host h1",
            List.of("repository:food/web:pull"),
            now.plusSeconds(300).getEpochSecond());
    private ClusterAuthority authority;

    @BeforeEach
    void authority() throws Exception {
        authority = ClusterAuthority.loadOrCreate(directory.resolve("ca"));
    }

    private void refused(String text, X509Certificate by, Instant at) {
        assertThatThrownBy(() -> HostGrant.open(text, by, at)).isInstanceOf(GeneralSecurityException.class);
    }

    @Test
    void isReadByWhoHasTheAuthority() throws Exception {
        String text = grant.sealed(authority.issueController());
        assertThat(HostGrant.isOne(text)).isTrue();
        assertThat(text.length()).isLessThan(4096);
        assertThat(HostGrant.open(text, authority.certificate(), now)).isEqualTo(grant);
    }

    @Test
    void endsWithItsTime() throws Exception {
        String text = grant.sealed(authority.issueController());
        refused(text, authority.certificate(), now.plusSeconds(301));
    }

    @Test
    void isOfAControllerOfThatCluster() throws Exception {
        refused(grant.sealed(authority.issueServer(List.of("localhost"))), authority.certificate(), now);
        HostKey key = HostKey.generate();
        Credentials host = key.with(authority.signHost("h1", UUID.randomUUID(), key.csrPem("h1")));
        refused(grant.sealed(host), authority.certificate(), now);
        ClusterAuthority other = ClusterAuthority.loadOrCreate(directory.resolve("other"));
        refused(grant.sealed(other.issueController()), authority.certificate(), now);
    }

    @Test
    void isRefusedWithAnyLetterChanged() throws Exception {
        String text = grant.sealed(authority.issueController());
        for (int i = 0; i < text.length(); i += 7) {
            char other = text.charAt(i) == 'A' ? 'B' : 'A';
            refused(text.substring(0, i) + other + text.substring(i + 1), authority.certificate(), now);
        }
        refused("", authority.certificate(), now);
        refused("mosgrant_..", authority.certificate(), now);
        refused("mosgrant_" + "a".repeat(10_000), authority.certificate(), now);
    }
}
