package io.mosaic.agent.images;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.Bytes;
import io.mosaic.model.HostImage;
import io.mosaic.model.HostInventory;
import io.mosaic.model.ImageName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which images the host has: for people, and for the scheduler. Thread-safe. */
public final class ImageStock {

    private final Docker docker;
    private final ImageLedger ledger;
    private final Supplier<Collection<Use>> uses;

    /**
     * A set that names an image.
     *
     * @param made what the daemon knows the image by
     */
    public record Use(UUID set, String tenant, String made) {}

    private ImageStock(Docker docker, ImageLedger ledger, Supplier<Collection<Use>> uses) {
        this.docker = docker;
        this.ledger = ledger;
        this.uses = uses;
    }

    /** @param uses by the sets that the host is to have, once for each image */
    public static ImageStock of(Docker docker, RepositoryImages images, Supplier<Collection<Use>> uses) {
        return new ImageStock(docker, images.ledger(), uses);
    }

    /** All that the daemon has, by name. */
    public List<HostImage> list() throws DockerException {
        Map<String, ImageLedger.Brought> brought = brought();
        List<ImageLedger.Pin> pins = ledger.pins();
        List<Docker.ImageInfo> there = docker.images();
        Map<String, Map<String, Integer>> sets = sets(there);
        return there.stream()
                .map(image -> image(image, brought.get(image.id()), pins, sets.getOrDefault(image.id(), Map.of())))
                .sorted(Comparator.comparing((HostImage image) ->
                                image.names().isEmpty() ? "" : image.names().getFirst())
                        .thenComparing(HostImage::id))
                .toList();
    }

    private static HostImage image(
            Docker.ImageInfo image,
            ImageLedger.@Nullable Brought brought,
            List<ImageLedger.Pin> pins,
            Map<String, Integer> sets) {
        Map<String, List<String>> pinned = new TreeMap<>();
        for (ImageLedger.Pin pin : pins) {
            if (pin.id().equals(image.id())) {
                pinned.computeIfAbsent(pin.tenant(), key -> new ArrayList<>())
                        .add(ImageName.inRepository(pin.repository(), pin.reference()));
            }
        }
        return new HostImage(
                image.tags().stream().sorted().toList(),
                image.id(),
                brought == null ? null : brought.repository(),
                brought == null ? null : brought.manifest(),
                new Bytes(image.sizeBytes()),
                brought == null ? null : brought.used(),
                brought == null
                        ? List.of()
                        : brought.tenants().stream().sorted().toList(),
                sets,
                pinned);
    }

    /** How many sets have each, by the image's id and the tenant. */
    private Map<String, Map<String, Integer>> sets(List<Docker.ImageInfo> there) {
        Map<String, String> ids = new HashMap<>();
        for (Docker.ImageInfo image : there) {
            ids.put(image.id(), image.id());
            image.tags().forEach(tag -> ids.put(tag, image.id()));
        }
        Map<String, Map<String, Set<UUID>>> sets = new HashMap<>();
        for (Use use : uses.get()) {
            String id = ids.get(use.made());
            id = id == null ? ids.get(use.made() + ":latest") : id;
            if (id != null) {
                sets.computeIfAbsent(id, key -> new HashMap<>())
                        .computeIfAbsent(use.tenant(), key -> new HashSet<>())
                        .add(use.set());
            }
        }
        Map<String, Map<String, Integer>> counts = new HashMap<>();
        sets.forEach((id, of) -> counts.put(
                id,
                of.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, each -> each.getValue().size()))));
        return counts;
    }

    /**
     * Names by which a set may ask for them, in order: those that the daemon has, and of what came from the repository the one by digest as
     * well. When they are too many to be told, what was used last goes first.
     */
    public List<String> names() throws DockerException {
        return names(docker.images(), brought());
    }

    static List<String> names(List<Docker.ImageInfo> images, Map<String, ImageLedger.Brought> brought) {
        List<Docker.ImageInfo> there = new ArrayList<>(images);
        there.sort(Comparator.comparing((Docker.ImageInfo image) -> {
                    ImageLedger.Brought known = brought.get(image.id());
                    return known == null ? 0 : known.used().toEpochMilli();
                })
                .reversed()
                .thenComparing(Docker.ImageInfo::id));
        Set<String> names = new LinkedHashSet<>();
        there.forEach(image -> names.addAll(new TreeSet<>(image.tags())));
        for (Docker.ImageInfo image : there) {
            ImageLedger.Brought known = brought.get(image.id());
            if (known != null) {
                names.add(ImageName.kept(known.repository(), known.manifest()));
            }
        }
        return names.stream().limit(HostInventory.IMAGES_MAX).sorted().toList();
    }

    private Map<String, ImageLedger.Brought> brought() {
        return ledger.all().stream().collect(Collectors.toMap(ImageLedger.Brought::id, Function.identity()));
    }
}
