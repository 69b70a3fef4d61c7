package io.mosaic.images.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenKeysTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    private Path directory;

    private Instant now = START;

    private Path file() {
        return directory.resolve("keys");
    }

    private TokenKeys open() throws IOException {
        return TokenKeys.open(file(), new SecureRandom(), () -> now);
    }

    private String token(TokenKeys keys) {
        return new ScopeTokens(keys).make("ci", "hash", List.of(), now);
    }

    private boolean good(TokenKeys keys, String token) {
        ScopeTokens tokens = new ScopeTokens(keys);
        ScopeTokens.Read read = tokens.read(token, now);
        return read != null && tokens.proves(read, "hash", now);
    }

    @Test
    void tokensOutliveTheirKeysTurnAndARestart() throws IOException {
        TokenKeys keys = open();
        String old = token(keys);
        keys.rotate();
        String fresh = token(keys);
        assertThat(fresh.substring(0, 15)).isNotEqualTo(old.substring(0, 15));
        now = START.plus(ScopeTokens.LIFE).minusSeconds(1);
        for (TokenKeys each : List.of(keys, open())) {
            assertThat(good(each, old)).isTrue();
            assertThat(good(each, fresh)).isTrue();
        }
        now = START.plus(ScopeTokens.LIFE);
        assertThat(good(keys, old)).isFalse();
    }

    @Test
    void theOldKeyGoes() throws IOException {
        TokenKeys keys = open();
        String first = keys.currentId();
        keys.rotate();
        Path draft = Files.writeString(directory.resolve(".keys123.tmp"), "half of");
        open();
        assertThat(draft).as("what a kill left").doesNotExist();
        assertThat(keys.lastUntil()).isAfterOrEqualTo(START.plus(ScopeTokens.LIFE));
        assertThat(Files.readString(file())).contains(first);
        now = keys.lastUntil();
        assertThat(keys.find(first, now)).as("also before it is taken away").isNull();
        keys.tidy();
        assertThat(Files.readString(file())).doesNotContain(first).contains(keys.currentId());
        assertThat(keys.lastUntil()).isNull();
    }

    @Test
    void aKeyThatIsOldIsReplaced() throws IOException {
        TokenKeys keys = open();
        String first = keys.currentId();
        now = START.plus(TokenKeys.AGE).minusSeconds(1);
        keys.tidy();
        assertThat(keys.currentId()).isEqualTo(first);
        String token = token(keys);
        now = START.plus(TokenKeys.AGE);
        TokenKeys again = open();
        assertThat(again.currentId()).isNotEqualTo(first);
        assertThat(good(again, token)).isTrue();
    }

    @Test
    void howeverOftenItIsAskedThereAreFew() throws IOException {
        TokenKeys keys = open();
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 3 * TokenKeys.KEYS_MAX; i++) {
            ids.add(keys.currentId());
            now = now.plus(Duration.ofSeconds(1));
            keys.rotate();
        }
        assertThat(ids).hasSize(3 * TokenKeys.KEYS_MAX);
        assertThat(ids.stream().filter(id -> keys.find(id, now) != null)).hasSize(TokenKeys.KEYS_MAX - 1);
        assertThat(good(open(), token(keys))).isTrue();
    }

    @Test
    void onlyTheOwnerMayReadIt() throws IOException {
        TokenKeys keys = open();
        keys.rotate();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        assertThat(keys.current().toString()).doesNotContain(keys.current().secret());
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("chmod 600");
    }

    @Test
    void aFileOfAnotherKindIsRefusedAndStays() throws IOException {
        for (String content : List.of("", "{", "{\"keys\":[]}", "{\"keys\":[{\"id\":\"1\"}]}", "{\"other\":1}")) {
            Files.deleteIfExists(file());
            Files.createFile(
                    file(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file(), content);
            assertThatThrownBy(this::open)
                    .as(content)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("holds no keys");
            assertThat(file()).hasContent(content);
        }
    }

    @Test
    void whatCannotBeKeptDoesNotSign() throws IOException {
        TokenKeys keys = open();
        String first = keys.currentId();
        Path hidden = Files.move(directory.resolve("keys"), directory.resolve("moved"));
        Files.createDirectory(file());
        Files.createFile(file().resolve("in-the-way"));
        assertThatThrownBy(keys::rotate).isInstanceOf(IOException.class);
        assertThat(keys.currentId()).isEqualTo(first);
        assertThat(hidden).exists();
    }
}
