package io.mosaic.agent.images;

import io.mosaic.kit.tls.DurableFile;
import io.mosaic.model.Json;
import io.mosaic.model.PeerJson;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which images this agent brought to the host, and which image each set was given for a name: a tag may come to mean another, and the
 * set is to keep the one that it has. Kept in a file. Thread-safe.
 */
final class ImageLedger {

    private static final Logger LOG = LoggerFactory.getLogger(ImageLedger.class);

    /**
     * An image that was brought.
     *
     * @param id in the daemon
     * @param repository in the image repository
     * @param reference tag or digest that it was asked for by last
     * @param manifest digest of its manifest
     * @param bytes of its layers as they travel
     * @param tenants for whose sets
     * @param used when a set was last given it
     */
    record Brought(
            String id,
            String repository,
            String reference,
            String manifest,
            long bytes,
            Set<String> tenants,
            Instant used) {
        Brought {
            tenants = Set.copyOf(tenants);
        }
    }

    /** Which image a set has for a name. */
    record Settled(UUID set, String image, String id, String repository, String manifest) {}

    private record Body(
            @Nullable List<Brought> brought, @Nullable List<Settled> settled) {}

    private record Name(UUID set, String image) {}

    private final Path file;
    private final InstantSource clock;
    private final Map<String, Brought> brought = new HashMap<>();
    private final Map<Name, Settled> settled = new HashMap<>();

    private ImageLedger(Path file, InstantSource clock) {
        this.file = file;
        this.clock = clock;
    }

    /** Reads the file, if there is one. One that cannot be read begins anew: tags are looked up once more. */
    static ImageLedger open(Path file, InstantSource clock) throws IOException {
        ImageLedger ledger = new ImageLedger(file, clock);
        if (Files.exists(file)) {
            try {
                Body body = PeerJson.read(Files.readAllBytes(file), Body.class);
                List<Brought> images = body == null ? null : body.brought();
                List<Settled> sets = body == null ? null : body.settled();
                (images == null ? List.<Brought>of() : images).forEach(each -> ledger.brought.put(each.id(), each));
                (sets == null ? List.<Settled>of() : sets)
                        .forEach(each -> ledger.settled.put(new Name(each.set(), each.image()), each));
            } catch (ProblemException e) {
                LOG.error("{} cannot be read and is begun anew", file, e);
            }
        }
        return ledger;
    }

    /** What the set has for that name; null: it was given nothing yet. */
    synchronized @Nullable Settled settled(UUID set, String image) {
        return settled.get(new Name(set, image));
    }

    /** Gives the set that image for that name, durably. */
    synchronized void settle(Settled what, String reference, String tenant, long bytes) {
        settled.put(new Name(what.set(), what.image()), what);
        Brought before = brought.get(what.id());
        Set<String> tenants = new TreeSet<>(before == null ? Set.of() : before.tenants());
        tenants.add(tenant);
        brought.put(
                what.id(),
                new Brought(
                        what.id(),
                        what.repository(),
                        reference,
                        what.manifest(),
                        before == null ? bytes : before.bytes(),
                        tenants,
                        clock.instant()));
        write();
    }

    /** What that name meant on this host last; null: nothing. */
    synchronized @Nullable Brought last(String repository, String reference) {
        return brought.values().stream()
                .filter(each -> each.repository().equals(repository)
                        && (each.reference().equals(reference)
                                || each.manifest().equals(reference)))
                .max((a, b) -> a.used().compareTo(b.used()))
                .orElse(null);
    }

    /** Whether that image was brought, and for others than that tenant only. */
    synchronized boolean othersOnly(String id, String tenant) {
        Brought image = brought.get(id);
        return image != null && !image.tenants().contains(tenant);
    }

    synchronized Collection<Brought> all() {
        return List.copyOf(brought.values());
    }

    /** Whether a set has that image. */
    synchronized boolean inUse(String id) {
        return settled.values().stream().anyMatch(each -> each.id().equals(id));
    }

    /** That image is no longer on the host. */
    synchronized void gone(String id) {
        if (brought.remove(id) != null) {
            write();
        }
    }

    /** Forgets what other sets were given. */
    synchronized void retain(Set<UUID> sets) {
        if (settled.keySet().removeIf(each -> !sets.contains(each.set()))) {
            write();
        }
    }

    private void write() {
        try {
            DurableFile.writeSecret(
                    file, Json.bytes(new Body(List.copyOf(brought.values()), List.copyOf(settled.values()))));
        } catch (IOException e) {
            throw new UncheckedIOException("which images the sets have cannot be noted", e);
        }
    }
}
