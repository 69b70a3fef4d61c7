package io.mosaic.images.glance;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the beginning and the end of a disk's content say of its format. A content that is of another format than is said, or
 * that refers to other files, is refused: who opens such a disk later would read files of its own host into it. Pure.
 *
 * <p>From the published descriptions of the formats; qcow2: docs/interop/qcow2 of QEMU.
 */
final class DiskFormats {

    /** How much of the beginning is looked at: an ISO's mark is at 32 KiB, a VMDK's description in the first sectors. */
    static final int HEAD_BYTES = 64 * 1024;

    /** How much of the end is. */
    static final int TAIL_BYTES = 512;

    private static final byte[] QCOW = {'Q', 'F', 'I', (byte) 0xfb};
    private static final byte[] VMDK = ascii("KDMV");
    private static final byte[] VMDK_TEXT = ascii("# Disk DescriptorFile");
    private static final byte[] VHD = ascii("conectix");
    private static final byte[] VHDX = ascii("vhdxfile");
    private static final byte[] QED = ascii("QED\0");
    private static final byte[] PARALLELS = ascii("WithoutFreeSpace");
    private static final byte[] PARALLELS_EXTENDED = ascii("WithouFreSpacExt");
    private static final byte[] VDI = {0x7f, 0x10, (byte) 0xda, (byte) 0xbe};
    private static final int VDI_AT = 64;
    private static final byte[] ISO = ascii("CD001");
    private static final int ISO_AT = 32 * 1024 + 1;

    /** Features of qcow2 whose content a reader must understand: dirty, corrupt, compression, extended L2. Not the external file. */
    private static final long QCOW_KNOWN = 0b1_1011;

    private static final long QCOW_EXTERNAL = 0b100;

    /** All of a disk is in this one file. */
    private static final Set<String> VMDK_WHOLE = Set.of("monolithicSparse", "streamOptimized");

    private static final Pattern VMDK_TYPE = Pattern.compile("(?m)^\\s*createType\\s*=\\s*\"([^\"]{0,64})\"");
    private static final Pattern VMDK_PARENT =
            Pattern.compile("(?mi)^\\s*(parentFileNameHint\\s*=|parentCID\\s*=\\s*(?!ffffffff))");
    private static final Pattern VMDK_EXTENT =
            Pattern.compile("(?m)^\\s*(?:RW|RDONLY|NOACCESS)\\s+\\d+\\s+(\\S+)\\s+\"([^\"]*)\"");
    private static final int SECTOR = 512;

    private DiskFormats() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static GlanceError refused(String message) {
        return new GlanceError(400, "the content is refused: " + message);
    }

    /**
     * Looks at the beginning.
     *
     * @param format as is said
     * @throws GlanceError when it is not of that format, or refers to other files
     */
    static void requireHead(String format, byte[] head) {
        String found = mark(head);
        switch (format) {
            case "qcow2" -> {
                require(format, found);
                requireOwnQcow(head);
            }
            case "vmdk" -> {
                require(format, found);
                requireOwnVmdk(head);
            }
            case "vhdx", "vdi", "ploop" -> require(format, found);
            case "iso" -> {
                if (!"iso".equals(found)) {
                    throw refused("it is no ISO 9660 file system");
                }
            }
            // One of fixed size has its mark at the end.
            case "vhd" -> {
                if (found != null && !found.equals("vhd")) {
                    require(format, found);
                }
            }
            default -> {
                // A disk may hold an ISO or be encrypted, but not be what a reader that guesses would open as another
                // format.
                if (found != null && !found.equals("iso")) {
                    throw refused("it is a disk of format " + found + ", not " + format);
                }
            }
        }
    }

    private static void require(String format, @Nullable String found) {
        if (!format.equals(found)) {
            throw refused("it is " + (found == null ? "no disk" : "a disk of format " + found + ", not one")
                    + " of format " + format);
        }
    }

    private static @Nullable String mark(byte[] head) {
        if (at(head, 0, QCOW)) {
            return "qcow2";
        }
        if (at(head, 0, VMDK) || at(head, 0, VMDK_TEXT)) {
            return "vmdk";
        }
        if (at(head, 0, VHDX)) {
            return "vhdx";
        }
        if (at(head, 0, VHD)) {
            return "vhd";
        }
        if (at(head, 0, QED)) {
            return "qed";
        }
        if (at(head, 0, PARALLELS) || at(head, 0, PARALLELS_EXTENDED)) {
            return "ploop";
        }
        if (at(head, VDI_AT, VDI)) {
            return "vdi";
        }
        return at(head, ISO_AT, ISO) ? "iso" : null;
    }

    private static boolean at(byte[] head, int place, byte[] mark) {
        return head.length >= place + mark.length
                && Arrays.equals(head, place, place + mark.length, mark, 0, mark.length);
    }

    private static void requireOwnQcow(byte[] head) {
        if (head.length < 72) {
            throw refused("its qcow2 header is cut off");
        }
        ByteBuffer header = ByteBuffer.wrap(head);
        int version = header.getInt(4);
        if (version != 2 && version != 3) {
            throw refused("qcow2 of version " + version);
        }
        if (header.getLong(8) != 0) {
            throw refused("a qcow2 with a backing file");
        }
        if (header.getLong(24) < 0) {
            throw refused("a qcow2 of no size");
        }
        if (version == 3) {
            if (head.length < 104) {
                throw refused("its qcow2 header is cut off");
            }
            long features = header.getLong(72);
            if ((features & QCOW_EXTERNAL) != 0) {
                throw refused("a qcow2 with an external data file");
            }
            if ((features & ~QCOW_KNOWN) != 0) {
                throw refused("a qcow2 with features that are not known");
            }
        }
    }

    private static void requireOwnVmdk(byte[] head) {
        if (!at(head, 0, VMDK)) {
            throw refused("a vmdk that only describes other files");
        }
        if (head.length < SECTOR) {
            throw refused("its vmdk header is cut off");
        }
        ByteBuffer header = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        long start = header.getLong(28);
        long sectors = header.getLong(36);
        long most = HEAD_BYTES / SECTOR;
        if (start < 1 || sectors < 1 || start > most || sectors > most || (start + sectors) * SECTOR > head.length) {
            throw refused("a vmdk whose description is not at its beginning");
        }
        String description =
                new String(head, (int) start * SECTOR, (int) sectors * SECTOR, StandardCharsets.ISO_8859_1);
        Matcher type = VMDK_TYPE.matcher(description);
        if (!type.find() || !VMDK_WHOLE.contains(type.group(1)) || type.find()) {
            throw refused(
                    "a vmdk that is not one of " + VMDK_WHOLE.stream().sorted().toList());
        }
        if (VMDK_PARENT.matcher(description).find()) {
            throw refused("a vmdk with a parent");
        }
        Matcher extent = VMDK_EXTENT.matcher(description);
        int extents = 0;
        while (extent.find()) {
            extents++;
            if (!extent.group(1).equals("SPARSE")
                    || extent.group(2).indexOf('/') >= 0
                    || extent.group(2).indexOf('\\') >= 0) {
                throw refused("a vmdk that refers to other files");
            }
        }
        if (extents > 1) {
            throw refused("a vmdk of several extents");
        }
    }

    /**
     * Looks at all that is known at the end.
     *
     * @param format as is said, and as the beginning bears out
     * @param size of the whole, bytes
     * @return bytes of the disk that it describes; absent where its format does not say so in its beginning
     * @throws GlanceError when the end is not of that format
     */
    static @Nullable Long virtualSize(String format, byte[] head, byte[] tail, long size) {
        ByteBuffer little = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        return switch (format) {
            case "raw", "iso", "ami" -> size;
            case "qcow2" -> ByteBuffer.wrap(head).getLong(24);
            case "vmdk" -> sane(little.getLong(12) * SECTOR);
            case "vdi" -> head.length < 376 ? null : sane(little.getLong(368));
            case "vhd" -> {
                byte[] footer = at(head, 0, VHD) ? head : tail;
                if (footer.length < SECTOR || !at(footer, 0, VHD)) {
                    throw refused("it is no disk of format vhd");
                }
                yield sane(ByteBuffer.wrap(footer).getLong(48));
            }
            default -> null;
        };
    }

    private static @Nullable Long sane(long size) {
        return size < 0 ? null : size;
    }
}
