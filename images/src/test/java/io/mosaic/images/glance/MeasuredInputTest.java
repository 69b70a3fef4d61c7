package io.mosaic.images.glance;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.images.RegistryClient;
import java.io.ByteArrayInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MeasuredInputTest {

    @Test
    void keepsTheEndHoweverItIsRead() throws Exception {
        Random random = new Random(1);
        for (int size : new int[] {0, 1, 511, 512, 513, 5000, 65_536, 65_537, 200_000, 1_000_000}) {
            byte[] content = RegistryClient.content(size, size);
            try (MeasuredInput in = new MeasuredInput(new ByteArrayInputStream(content))) {
                byte[] buffer = new byte[size > 100_000 ? 150_000 : 900];
                while (in.read(buffer, 0, 1 + random.nextInt(buffer.length)) >= 0) {
                    // What was read before is the caller's: it may do with it what it likes.
                    Arrays.fill(buffer, (byte) 7);
                }
                assertThat(in.tail()).isEqualTo(Arrays.copyOfRange(content, Math.max(0, size - 512), size));
                assertThat(in.md5())
                        .isEqualTo(HexFormat.of()
                                .formatHex(MessageDigest.getInstance("MD5").digest(content)));
            }
        }
    }
}
