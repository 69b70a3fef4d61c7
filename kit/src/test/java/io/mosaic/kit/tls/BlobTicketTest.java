package io.mosaic.kit.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobTicketTest {

    private final Instant now = Instant.now();
    private static final String DIGEST = "sha256:" + "a".repeat(64);
    private final BlobTicket ticket = new BlobTicket(
            "h1", DIGEST, 100_000_000, "f".repeat(64), now.plusSeconds(600).getEpochSecond());

    @TempDir
    Path directory;

    private ClusterAuthority authority;

    @BeforeEach
    void found() throws Exception {
        authority = ClusterAuthority.loadOrCreate(directory.resolve("ca"));
    }

    private BlobTicket open(String text) throws GeneralSecurityException {
        return BlobTicket.open(text, authority.certificate(), now);
    }

    @Test
    void isReadAsItWasMade() throws Exception {
        String text = ticket.sealed(authority.issueRepository());
        assertThat(open(text)).isEqualTo(ticket);
        assertThat(ticket.count()).isEqualTo(96);
        assertThat(text).hasSizeLessThan(SealedText.CHARS_MAX).matches("[A-Za-z0-9_.-]+");
    }

    @Test
    void onlyARepositoryOfTheClusterMakesOne() throws Exception {
        ClusterAuthority other = ClusterAuthority.loadOrCreate(directory.resolve("other"));
        HostKey key = HostKey.generate();
        for (Credentials signer : List.of(
                authority.issueController(),
                authority.issueServer(List.of("localhost")),
                key.with(authority.signHost("h1", UUID.randomUUID(), key.csrPem("h1"))),
                other.issueRepository())) {
            String text = ticket.sealed(signer);
            assertThatThrownBy(() -> open(text)).isInstanceOf(GeneralSecurityException.class);
        }
    }

    @Test
    void isWorthNothingOnceChanged() throws Exception {
        String text = ticket.sealed(authority.issueRepository());
        for (int at = 0; at < text.length(); at += 7) {
            // The last character of each part may hold bits that mean nothing.
            char other = text.charAt(at) == 'A' ? 'z' : 'A';
            String changed = text.substring(0, at) + other + text.substring(at + 1);
            if (at + 1 < text.length() && text.charAt(at + 1) != '.' && text.charAt(at) != '.') {
                assertThatThrownBy(() -> open(changed)).as("at %s", at).isInstanceOf(GeneralSecurityException.class);
            }
        }
        String twice = text + "." + text;
        assertThatThrownBy(() -> open(twice)).isInstanceOf(GeneralSecurityException.class);
        assertThatThrownBy(() -> open("")).isInstanceOf(GeneralSecurityException.class);
        assertThatThrownBy(() -> open("mosticket_..")).isInstanceOf(GeneralSecurityException.class);
        assertThatThrownBy(() -> open("mosticket_" + "A".repeat(10_000))).isInstanceOf(GeneralSecurityException.class);
    }

    @Test
    void endsWithItsTimeAndIsForItsHostAlone() throws Exception {
        AtomicReference<Instant> clock = new AtomicReference<>(now);
        TicketReader reader = new TicketReader(authority.certificate(), clock::get);
        String text = ticket.sealed(authority.issueRepository());
        assertThat(reader.read(text, "h1")).isEqualTo(ticket);
        assertThatThrownBy(() -> reader.read(text, "h2"))
                .isInstanceOf(GeneralSecurityException.class)
                .hasMessageContaining("another host");
        clock.set(now.plusSeconds(600));
        assertThatThrownBy(() -> reader.read(text, "h1"))
                .isInstanceOf(GeneralSecurityException.class)
                .hasMessageContaining("expired");
        TicketReader fresh = new TicketReader(authority.certificate(), clock::get);
        assertThatThrownBy(() -> fresh.read(text, "h1")).isInstanceOf(GeneralSecurityException.class);
    }
}
