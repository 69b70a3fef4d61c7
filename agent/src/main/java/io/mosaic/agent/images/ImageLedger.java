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
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
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
     * @param used when a set was last given it, or it was last fetched ahead
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

    /** By which name of which tenant's an image is kept, whatever room is needed. */
    record Pin(String tenant, String repository, String reference, String id) {

        private boolean named(String whose, String in, String as) {
            return tenant.equals(whose) && repository.equals(in) && reference.equals(as);
        }
    }

    private record Body(
            @Nullable List<Brought> brought,
            @Nullable List<Settled> settled,
            @Nullable List<Pin> pins) {}

    private record Name(UUID set, String image) {}

    private final Path file;
    private final InstantSource clock;
    private final Map<String, Brought> brought = new HashMap<>();
    private final Map<Name, Settled> settled = new HashMap<>();
    private final List<Pin> pins = new ArrayList<>();
    /** Ids of those that are being removed: nobody is promised any more that they stay. */
    private final Set<String> going = new HashSet<>();

    private volatile Runnable changed = () -> {};

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
                ledger.pins.addAll(body == null || body.pins() == null ? List.of() : body.pins());
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
        noteBrought(what.id(), what.repository(), reference, what.manifest(), tenant, bytes);
        write();
    }

    /** Notes an image that was made on this host for that tenant and is in the repository: as if it had been brought. */
    synchronized void saved(
            String id, String repository, String reference, String manifest, String tenant, long bytes) {
        noteBrought(id, repository, reference, manifest, tenant, bytes);
        write();
    }

    private void noteBrought(
            String id, String repository, String reference, String manifest, String tenant, long bytes) {
        Brought before = brought.get(id);
        Set<String> tenants = new TreeSet<>(before == null ? Set.of() : before.tenants());
        tenants.add(tenant);
        brought.put(
                id,
                new Brought(
                        id,
                        repository,
                        reference,
                        manifest,
                        before == null ? bytes : before.bytes(),
                        tenants,
                        clock.instant()));
    }

    /**
     * Notes an image that was fetched ahead for a tenant, durably.
     *
     * @param pin whether to keep it by that name from now on, in place of what was kept by it before
     * @return false: it is being removed just now; nothing was noted
     */
    synchronized boolean ahead(
            String id, String repository, String reference, String manifest, String tenant, long bytes, boolean pin) {
        if (going.contains(id)) {
            return false;
        }
        noteBrought(id, repository, reference, manifest, tenant, bytes);
        if (pin) {
            put(new Pin(tenant, repository, reference, id));
        }
        write();
        return true;
    }

    /**
     * Keeps an image by that name; says whether that is new.
     *
     * @throws ImageException when it is being removed, or was
     */
    synchronized boolean pin(Pin pin) throws ImageException {
        if (going.contains(pin.id()) || !brought.containsKey(pin.id())) {
            throw new ImageException("image " + pin.repository() + " is being removed just now");
        }
        if (pins.contains(pin)) {
            return false;
        }
        put(pin);
        write();
        return true;
    }

    private void put(Pin pin) {
        pins.removeIf(each -> each.named(pin.tenant(), pin.repository(), pin.reference()));
        pins.add(pin);
    }

    /** By that name nothing is kept any more; says whether something was. A digest takes that image's other names of the tenant too. */
    synchronized boolean unpin(String tenant, String repository, String reference) {
        boolean was = pins.removeIf(each -> each.named(tenant, repository, reference)
                || (each.tenant().equals(tenant)
                        && each.repository().equals(repository)
                        && manifest(each.id()).equals(reference)));
        if (was) {
            write();
        }
        return was;
    }

    private String manifest(String id) {
        Brought image = brought.get(id);
        return image == null ? "" : image.manifest();
    }

    synchronized List<Pin> pins() {
        return List.copyOf(pins);
    }

    /** Whether it may be removed: no set has it and nobody pinned it. If so, nobody is promised that it stays until it is {@link #gone} or {@link #stays}. */
    synchronized boolean condemn(String id) {
        return !needed(id) && going.add(id);
    }

    /** It was not removed after all. */
    synchronized void stays(String id) {
        going.remove(id);
    }

    /** Whether a set has that image, or somebody pinned it. */
    synchronized boolean needed(String id) {
        return inUse(id) || pins.stream().anyMatch(each -> each.id().equals(id));
    }

    /** Has that run after each change, by whoever changed it: it must be quick. */
    void onChange(Runnable what) {
        changed = what;
    }

    /** Whether that image was brought for that tenant. */
    synchronized boolean isFor(String id, String tenant) {
        Brought image = brought.get(id);
        return image != null && image.tenants().contains(tenant);
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
        going.remove(id);
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
                    file,
                    Json.bytes(
                            new Body(List.copyOf(brought.values()), List.copyOf(settled.values()), List.copyOf(pins))));
        } catch (IOException e) {
            throw new UncheckedIOException("which images the sets have cannot be noted", e);
        }
        changed.run();
    }
}
