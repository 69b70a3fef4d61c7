package io.mosaic.agent.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.agent.docker.Docker.Output;
import io.mosaic.agent.docker.DockerException.Kind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What the daemon sends and is sent, without a daemon. */
class DockerWireTest {

    @Test
    void theNewestCommonVersionIsSpoken() throws DockerException {
        assertThat(ApiVersion.negotiate("1.41", "1.12")).hasToString("1.41");
        assertThat(ApiVersion.negotiate("1.50", "1.24")).hasToString("1.50");
        assertThat(ApiVersion.negotiate("1.99", "1.44")).hasToString("1.52");
        assertThat(ApiVersion.negotiate("2.0", "")).hasToString("1.52");
        for (String[] bad : new String[][] {{"1.40", "1.12"}, {"1.60", "1.53"}, {"", ""}, {"new", ""}}) {
            assertThatThrownBy(() -> ApiVersion.negotiate(bad[0], bad[1]))
                    .isInstanceOfSatisfying(
                            DockerException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED));
        }
    }

    @Test
    void referencesAreSplitAtTheTag() {
        assertThat(ImageReference.parse("a")).isEqualTo(new ImageReference("a", "latest"));
        assertThat(ImageReference.parse("a:1")).isEqualTo(new ImageReference("a", "1"));
        assertThat(ImageReference.parse("host:5000/a/b")).isEqualTo(new ImageReference("host:5000/a/b", "latest"));
        assertThat(ImageReference.parse("host:5000/a:1")).isEqualTo(new ImageReference("host:5000/a", "1"));
        assertThat(ImageReference.parse("host:5000/a:1@sha256:ff"))
                .isEqualTo(new ImageReference("host:5000/a", "sha256:ff"));
    }

    @Test
    void framesBecomePieces() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        frame(bytes, 1, "one");
        frame(bytes, 1, "");
        frame(bytes, 2, "two");
        frame(bytes, 3, "system");
        frame(bytes, 1, "x".repeat(100_000));
        OutputReader reader = new OutputReader(new ByteArrayInputStream(bytes.toByteArray()), false);

        assertPiece(reader.next(), false, "one");
        assertPiece(reader.next(), true, "two");
        assertPiece(reader.next(), true, "system");
        int total = 0;
        for (Output piece = reader.next(); piece != null; piece = reader.next()) {
            assertThat(piece.bytes().length).isLessThanOrEqualTo(32 * 1024);
            total += piece.bytes().length;
        }
        assertThat(total).isEqualTo(100_000);
    }

    @Test
    void brokenFramesAreFaults() {
        for (byte[] bad : new byte[][] {
            {1, 0, 0},
            {1, 0, 0, 0, 0, 0, 0, 5, 'a'},
            {9, 0, 0, 0, 0, 0, 0, 1, 'a'},
            {1, 7, 0, 0, 0, 0, 0, 1, 'a'},
            {1, 0, 0, 0, -1, -1, -1, -1, 'a'}
        }) {
            OutputReader reader = new OutputReader(new ByteArrayInputStream(bad), false);
            assertThatThrownBy(() -> {
                        while (reader.next() != null) {
                            assertThat(bad).isNotEmpty();
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void pullFailuresAreToldApart() {
        assertThat(pull(Kind.FAILED, "Get \"https://r/v2/\": dial tcp: lookup r: no such host"))
                .isEqualTo(Kind.UNREACHABLE);
        assertThat(pull(Kind.FAILED, "manifest for a:1 not found: manifest unknown"))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(pull(Kind.NOT_FOUND, "pull access denied for a, repository does not exist"))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(pull(Kind.FAILED, "unauthorized: authentication required")).isEqualTo(Kind.REFUSED);
        assertThat(pull(Kind.FAILED, "write /x: no space left on device")).isEqualTo(Kind.FAILED);
        assertThat(pull(Kind.TIMEOUT, "no answer")).isEqualTo(Kind.TIMEOUT);
    }

    @Test
    void whatIsNoProgramIsNotTakenForBusyBox() {
        byte[] script = "#!/bin/sh\n".getBytes(StandardCharsets.US_ASCII);
        assertThat(BusyBoxImage.isStaticProgram(script)).isFalse();
        assertThat(BusyBoxImage.isStaticProgram(new byte[0])).isFalse();
        assertThat(BusyBoxImage.isStaticProgram(new byte[] {0x7f, 'E', 'L', 'F'}))
                .isFalse();
    }

    private static Kind pull(Kind kind, String words) {
        return PullFailure.explained(new DockerException(kind, words)).kind();
    }

    private static void assertPiece(Output piece, boolean stderr, String text) {
        assertThat(piece).isNotNull();
        assertThat(piece.stderr()).isEqualTo(stderr);
        assertThat(new String(piece.bytes(), StandardCharsets.UTF_8)).isEqualTo(text);
    }

    private static void frame(ByteArrayOutputStream target, int channel, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = bytes.length;
        target.writeBytes(new byte[] {
            (byte) channel, 0, 0, 0, (byte) (length >> 24), (byte) (length >> 16), (byte) (length >> 8), (byte) length
        });
        target.writeBytes(bytes);
    }
}
