package io.mosaic.cli.command;

import io.mosaic.cli.term.Ages;
import io.mosaic.cli.term.Console;
import io.mosaic.cli.term.Table;
import io.mosaic.model.HostImage;
import io.mosaic.model.ImageName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Images of a host for people. */
final class HostImageViews {

    /** As much of an id as people compare. */
    private static final int ID_CHARS = 12;

    private HostImageViews() {}

    static String table(Console console, List<HostImage> images, boolean wide) {
        Instant now = console.clock().instant();
        Table table = wide
                ? new Table("IMAGE", "SIZE", "SETS", "PINNED", "USED", "TENANTS", "ID", "DIGEST")
                : new Table("IMAGE", "SIZE", "SETS", "PINNED", "USED", "TENANTS");
        for (HostImage image : images) {
            String names = names(image);
            String size = Ages.size(image.size().value());
            int sets =
                    image.sets().values().stream().mapToInt(Integer::intValue).sum();
            String pinned = image.pinned() ? "yes" : "";
            Instant at = image.used();
            String used = at == null ? "" : Ages.since(at, now);
            String tenants = String.join(",", image.tenants());
            if (wide) {
                table.row(names, size, sets, pinned, used, tenants, hex(image.id()), hex(image.digest()));
            } else {
                table.row(names, size, sets, pinned, used, tenants);
            }
        }
        return table.text();
    }

    /** As sets name them; what lost its name to another image is told by its digest. */
    private static String names(HostImage image) {
        if (image.names().isEmpty()) {
            return image.repository() == null
                    ? "<" + hex(image.id()) + ">"
                    : image.repository() + "@" + hex(image.digest());
        }
        String kept = ImageName.KEPT + "/";
        return String.join(
                ",",
                image.names().stream()
                        .map(name -> name.startsWith(kept) ? name.substring(kept.length()) : name)
                        .toList());
    }

    private static String hex(@Nullable String digest) {
        if (digest == null) {
            return "";
        }
        int from = digest.indexOf(':') + 1;
        return digest.substring(from, Math.min(digest.length(), from + ID_CHARS));
    }
}
