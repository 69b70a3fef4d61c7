package io.mosaic.controller.cluster;

import io.mosaic.model.AppReleaseResource;
import io.mosaic.model.AppResource;
import io.mosaic.model.HostResource;
import io.mosaic.model.Kind;
import io.mosaic.model.PoolResource;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.SetResource;
import io.mosaic.model.TenantResource;
import io.mosaic.model.TokenResource;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * Everything the cluster knows at one revision. Immutable: readers hold one as long as they like and see one moment;
 * {@link #apply} gives the next and shares what did not change (persistent maps, O(log n) a change).
 *
 * <p>Beside the resources it keeps what would else be a scan: sets by uid, by host, by app, those without one, and what each
 * host and each tenant has given away.
 */
public final class ClusterImage {

    public static final ClusterImage EMPTY =
            new ClusterImage(0, TreePMap.empty(), SetIndex.EMPTY, HashTreePMap.empty());

    private final long revision;
    private final PSortedMap<ResourceKey, Resource> resources;
    private final SetIndex index;
    /** Records of a newer version, as they are stored; mostly none. */
    private final PMap<ResourceKey, String> newer;

    private ClusterImage(
            long revision,
            PSortedMap<ResourceKey, Resource> resources,
            SetIndex index,
            PMap<ResourceKey, String> newer) {
        this.revision = revision;
        this.resources = resources;
        this.index = index;
        this.newer = newer;
    }

    /** The image of resources read from the store, all committed at or before that revision. */
    public static ClusterImage of(long revision, Collection<? extends Resource> stored) {
        return of(revision, stored, Map.of());
    }

    /** The same; some of the records were written by a newer version, and are kept as they are stored. */
    public static ClusterImage of(
            long revision, Collection<? extends Resource> stored, Map<ResourceKey, String> newer) {
        ClusterImage image = new ClusterImage(0, EMPTY.resources, EMPTY.index, EMPTY.newer.plusAll(newer));
        for (Resource resource : stored) {
            image = image.put(resource, Math.max(image.revision, resource.revision()));
        }
        return image.at(revision);
    }

    /** Revision of the last change applied. */
    public long revision() {
        return revision;
    }

    /** The next image. Applying changes up to this image's revision again is an error of the caller's. */
    public ClusterImage apply(Change change) {
        if (change.revision() <= revision) {
            throw new IllegalArgumentException(
                    "change " + change.revision() + " of " + change.key() + " applied to image " + revision);
        }
        return switch (change) {
            case Change.Put put -> put(put.resource(), change.revision()).noting(put.key(), put.newer());
            case Change.Delete delete -> remove(delete.key(), change.revision()).noting(delete.key(), null);
        };
    }

    public @Nullable Resource get(ResourceKey key) {
        return resources.get(key);
    }

    /** The record as it is stored, when a newer version wrote something into it that this one does not know. */
    public @Nullable String newer(ResourceKey key) {
        return newer.get(key);
    }

    public @Nullable SetResource set(String tenant, String name) {
        return (SetResource) resources.get(ResourceKey.set(tenant, name));
    }

    /** The set of that uid, wherever it is in its life. */
    public @Nullable SetResource set(UUID uid) {
        ResourceKey key = index.keys().get(uid);
        return key == null ? null : (SetResource) resources.get(key);
    }

    public @Nullable HostResource host(String name) {
        return (HostResource) resources.get(ResourceKey.host(name));
    }

    public @Nullable TenantResource tenant(String name) {
        return (TenantResource) resources.get(ResourceKey.tenant(name));
    }

    public @Nullable TokenResource token(String name) {
        return (TokenResource) resources.get(ResourceKey.token(name));
    }

    /** All resources of that kind and tenant, by name; a view, not a copy. */
    public SortedMap<ResourceKey, Resource> resources(Kind kind, String tenant) {
        // "\0" is below every valid name's successor: no name contains it.
        return resources.subMap(new ResourceKey(kind, tenant, ""), new ResourceKey(kind, tenant + "\0", ""));
    }

    /** All resources of that kind, by tenant and name; a view, not a copy. */
    public SortedMap<ResourceKey, Resource> resources(Kind kind) {
        // Names are ASCII, so this is above them all.
        return resources.subMap(new ResourceKey(kind, "", ""), new ResourceKey(kind, "\uffff", ""));
    }

    /** Everything there is. */
    public Collection<Resource> all() {
        return resources.values();
    }

    public List<HostResource> hosts() {
        return resources(Kind.HOST).values().stream()
                .map(HostResource.class::cast)
                .toList();
    }

    /** Every host, and what is given away there, by host name; a view, not a copy. */
    public Collection<HostLoad> loads() {
        return index.loads().values();
    }

    /** The host and what is given away there; empty when nothing is known of it. */
    public HostLoad load(String host) {
        return index.load(host);
    }

    /** The hosts on which a mark stands, and how often; see {@link Marks}. */
    public Map<String, Integer> marked(String mark) {
        return index.marks().getOrDefault(mark, HashTreePMap.empty());
    }

    /** Whether any placed set keeps away from others. */
    public boolean anyShuns() {
        return index.shunning() > 0;
    }

    public @Nullable PoolResource pool(String name) {
        return (PoolResource) resources.get(ResourceKey.pool(name));
    }

    public @Nullable AppResource app(String tenant, String name) {
        return (AppResource) resources.get(ResourceKey.app(tenant, name));
    }

    /** The template of that number, null when it is dropped or never was. */
    public @Nullable AppReleaseResource release(String tenant, String app, int number) {
        return (AppReleaseResource) resources.get(ResourceKey.release(tenant, app, number));
    }

    /** The templates that an app had or has, by number. */
    public List<AppReleaseResource> releases(String tenant, String app) {
        // "/" follows ".", and neither is in a name: just the keys that release() makes for this app.
        return resources
                .subMap(
                        new ResourceKey(Kind.RELEASE, tenant, app + "."),
                        new ResourceKey(Kind.RELEASE, tenant, app + "/"))
                .values()
                .stream()
                .map(AppReleaseResource.class::cast)
                .sorted(Comparator.comparingInt(AppReleaseResource::number))
                .toList();
    }

    /** The sets that the app owns, by their number there. */
    public List<SetResource> members(String tenant, String app) {
        return index.members().getOrDefault(ResourceKey.app(tenant, app), TreePMap.empty()).values().stream()
                .map(key -> (SetResource) resources.get(key))
                .toList();
    }

    /** The pools that operators have described. */
    public List<PoolResource> pools() {
        return resources(Kind.POOL).values().stream()
                .map(PoolResource.class::cast)
                .toList();
    }

    /** The sets placed on that host. */
    public List<SetResource> setsOn(String host) {
        return index.load(host).sets().stream()
                .map(key -> (SetResource) resources.get(key))
                .toList();
    }

    /** The sets that stop on their host to start on another. */
    public List<SetResource> moving() {
        return index.moving().stream()
                .map(key -> (SetResource) resources.get(key))
                .toList();
    }

    /** The sets that wait for a host, oldest first. */
    public List<SetResource> unplaced() {
        return index.unplaced().stream()
                .map(key -> (SetResource) resources.get(key))
                .sorted((a, b) -> a.created().compareTo(b.created()))
                .toList();
    }

    /** What the sets placed on that host ask for together. */
    public Usage usageOn(String host) {
        return index.load(host).usage();
    }

    /** What all sets of that tenant ask for together, placed or not. */
    public Usage usageOf(String tenant) {
        return index.byTenant().getOrDefault(tenant, Usage.NONE);
    }

    private ClusterImage put(Resource resource, long at) {
        Resource before = resources.get(resource.key());
        return new ClusterImage(
                at,
                resources.plus(resource.key(), resource),
                switch (resource) {
                    case SetResource set -> {
                        if (!(before instanceof SetResource was)) {
                            yield index.plus(set);
                        }
                        yield SetIndex.same(was, set) ? index : index.minus(was).plus(set);
                    }
                    case HostResource host -> index.with(host.name(), host);
                    default -> index;
                },
                newer);
    }

    private ClusterImage noting(ResourceKey key, @Nullable String text) {
        if (text == null && !newer.containsKey(key)) {
            return this;
        }
        return new ClusterImage(revision, resources, index, text == null ? newer.minus(key) : newer.plus(key, text));
    }

    private ClusterImage remove(ResourceKey key, long at) {
        return new ClusterImage(
                at,
                resources.minus(key),
                switch (resources.get(key)) {
                    case SetResource set -> index.minus(set);
                    case HostResource host -> index.with(host.name(), null);
                    case null, default -> index;
                },
                newer);
    }

    private ClusterImage at(long changed) {
        return new ClusterImage(changed, resources, index, newer);
    }
}
