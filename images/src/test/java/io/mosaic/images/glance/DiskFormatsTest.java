package io.mosaic.images.glance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiskFormatsTest {

    private static byte[] at(int place, String mark) {
        byte[] head = new byte[DiskFormats.HEAD_BYTES];
        byte[] bytes = mark.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, head, place, bytes.length);
        return head;
    }

    private static ByteBuffer qcow2(int version) {
        return ByteBuffer.wrap(at(0, "QFI\u00fb")).putInt(4, version).putLong(24, 1 << 20);
    }

    private static byte[] vmdk(String description) {
        byte[] head = at(512, description);
        ByteBuffer.wrap(head)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("KDMV".getBytes(StandardCharsets.US_ASCII))
                .putLong(12, 2048)
                .putLong(28, 1)
                .putLong(36, 20);
        return head;
    }

    private static void good(String format, byte[] head) {
        assertThatCode(() -> DiskFormats.requireHead(format, head)).doesNotThrowAnyException();
    }

    private static void refused(String format, byte[] head, String reason) {
        assertThatThrownBy(() -> DiskFormats.requireHead(format, head))
                .isInstanceOf(GlanceError.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aQcow2RefersToNothingElse() {
        good("qcow2", qcow2(2).array());
        good("qcow2", qcow2(3).array());
        refused("qcow2", qcow2(4).array(), "version 4");
        refused("qcow2", qcow2(3).putLong(8, 4096).array(), "backing file");
        refused("qcow2", qcow2(2).putLong(8, 4096).array(), "backing file");
        refused("qcow2", qcow2(3).putLong(72, 4).array(), "external data file");
        refused("qcow2", qcow2(3).putLong(72, 1L << 40).array(), "not known");
        good("qcow2", qcow2(3).putLong(72, 0b11011).array());
        // Version 2 has no features there.
        good("qcow2", qcow2(2).putLong(72, 4).array());
        refused("qcow2", Arrays.copyOf(qcow2(3).array(), 60), "cut off");
        refused("qcow2", Arrays.copyOf(qcow2(3).array(), 90), "cut off");
        refused("qcow2", new byte[512], "no disk of format qcow2");
        assertThat(DiskFormats.virtualSize("qcow2", qcow2(3).array(), new byte[0], 100))
                .isEqualTo(1 << 20);
    }

    @Test
    void aVmdkIsOneFile() {
        String whole = "version=1\nparentCID=ffffffff\ncreateType=\"monolithicSparse\"\nRW 4 SPARSE \"a.vmdk\"\n";
        good("vmdk", vmdk(whole));
        assertThat(DiskFormats.virtualSize("vmdk", vmdk(whole), new byte[0], 100))
                .isEqualTo(2048 * 512);
        refused("vmdk", vmdk(whole.replace("ffffffff", "12345678")), "parent");
        refused("vmdk", vmdk(whole + "parentFileNameHint=\"/etc/shadow\"\n"), "parent");
        refused("vmdk", vmdk(whole.replace("monolithicSparse", "monolithicFlat")), "not one of");
        refused("vmdk", vmdk(whole.replace("SPARSE \"a.vmdk\"", "FLAT \"/etc/shadow\" 0")), "other files");
        refused("vmdk", vmdk(whole.replace("a.vmdk", "/etc/shadow")), "other files");
        refused("vmdk", vmdk(whole + "RW 4 SPARSE \"b.vmdk\"\n"), "several");
        refused("vmdk", vmdk(""), "not one of");
        refused("vmdk", at(0, "# Disk DescriptorFile\n"), "only describes");
        ByteBuffer far =
                ByteBuffer.wrap(vmdk(whole)).order(ByteOrder.LITTLE_ENDIAN).putLong(28, Long.MAX_VALUE);
        refused("vmdk", far.array(), "not at its beginning");
    }

    @Test
    void whatIsSaidToBeRawIsNothingElse() {
        good("raw", new byte[0]);
        good("raw", new byte[100]);
        good("raw", at(32 * 1024 + 1, "CD001"));
        for (String format : List.of("raw", "ami", "iso")) {
            refused(format, qcow2(3).array(), "");
            refused(format, at(0, "vhdxfile"), "");
            refused(format, at(0, "conectix"), "");
            refused(format, at(0, "QED\0"), "");
            refused(format, at(64, "\u007f\u0010\u00da\u00be"), "");
            refused(format, at(0, "# Disk DescriptorFile"), "");
        }
        good("vdi", at(64, "\u007f\u0010\u00da\u00be"));
        refused("vdi", new byte[10], "no disk of format vdi");
        good("vhdx", at(0, "vhdxfile"));
        refused("vhd", qcow2(3).array(), "qcow2");
        assertThat(DiskFormats.virtualSize("raw", new byte[0], new byte[0], 7)).isEqualTo(7);
        assertThat(DiskFormats.virtualSize("vhdx", at(0, "vhdxfile"), new byte[512], 7))
                .isNull();
        assertThatThrownBy(() -> DiskFormats.virtualSize("vhd", new byte[512], new byte[512], 512))
                .isInstanceOf(GlanceError.class);
    }
}
