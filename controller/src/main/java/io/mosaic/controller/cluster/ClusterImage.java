package io.mosaic.controller.cluster;

import io.mosaic.model.HostResource;
import io.mosaic.model.Kind;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.TenantResource;
import io.mosaic.model.TokenResource;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * Everything the cluster knows at one revision. Immutable: readers hold one as long as they like and see one moment;
 * {@link #apply} gives the next and shares what did not change (persistent maps, O(log n) a change).
 *
 * <p>Beside the resources it keeps what would else be a scan: sets by uid, by host, those without one, and what each
 * host and each tenant has given away.
 */
public final class ClusterImage {

    public static final ClusterImage EMPTY = new ClusterImage(
            0,
            TreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            TreePSet.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty());

    private final long revision;
    private final PSortedMap<ResourceKey, Resource> resources;
    private final PMap<UUID, ResourceKey> setKeys;
    private final PMap<String, PSet<ResourceKey>> setsByHost;
    private final PSet<ResourceKey> unplaced;
    private final PMap<String, Usage> usageByHost;
    private final PMap<String, Usage> usageByTenant;

    private ClusterImage(
            long revision,
            PSortedMap<ResourceKey, Resource> resources,
            PMap<UUID, ResourceKey> setKeys,
            PMap<String, PSet<ResourceKey>> setsByHost,
            PSet<ResourceKey> unplaced,
            PMap<String, Usage> usageByHost,
            PMap<String, Usage> usageByTenant) {
        this.revision = revision;
        this.resources = resources;
        this.setKeys = setKeys;
        this.setsByHost = setsByHost;
        this.unplaced = unplaced;
        this.usageByHost = usageByHost;
        this.usageByTenant = usageByTenant;
    }

    /** The image of resources read from the store, all committed at or before that revision. */
    public static ClusterImage of(long revision, Collection<? extends Resource> stored) {
        ClusterImage image = EMPTY;
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
            case Change.Put put -> put(put.resource(), change.revision());
            case Change.Delete delete -> remove(delete.key(), change.revision());
        };
    }

    public @Nullable Resource get(ResourceKey key) {
        return resources.get(key);
    }

    public @Nullable SetResource set(String tenant, String name) {
        return (SetResource) resources.get(ResourceKey.set(tenant, name));
    }

    /** The set of that uid, wherever it is in its life. */
    public @Nullable SetResource set(UUID uid) {
        ResourceKey key = setKeys.get(uid);
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

    /** The sets placed on that host. */
    public List<SetResource> setsOn(String host) {
        return setsByHost.getOrDefault(host, HashTreePSet.empty()).stream()
                .map(key -> (SetResource) resources.get(key))
                .toList();
    }

    /** The sets that wait for a host, oldest first. */
    public List<SetResource> unplaced() {
        return unplaced.stream()
                .map(key -> (SetResource) resources.get(key))
                .sorted((a, b) -> a.created().compareTo(b.created()))
                .toList();
    }

    /** What the sets placed on that host ask for together. */
    public Usage usageOn(String host) {
        return usageByHost.getOrDefault(host, Usage.NONE);
    }

    /** What all sets of that tenant ask for together, placed or not. */
    public Usage usageOf(String tenant) {
        return usageByTenant.getOrDefault(tenant, Usage.NONE);
    }

    private ClusterImage put(Resource resource, long at) {
        Resource before = resources.get(resource.key());
        ClusterImage image = before instanceof SetResource set ? forget(set) : this;
        image = new ClusterImage(
                at,
                image.resources.plus(resource.key(), resource),
                image.setKeys,
                image.setsByHost,
                image.unplaced,
                image.usageByHost,
                image.usageByTenant);
        return resource instanceof SetResource set ? image.index(set) : image;
    }

    private ClusterImage remove(ResourceKey key, long at) {
        Resource before = resources.get(key);
        ClusterImage image = before instanceof SetResource set ? forget(set) : this;
        return new ClusterImage(
                at,
                image.resources.minus(key),
                image.setKeys,
                image.setsByHost,
                image.unplaced,
                image.usageByHost,
                image.usageByTenant);
    }

    private ClusterImage at(long changed) {
        return new ClusterImage(changed, resources, setKeys, setsByHost, unplaced, usageByHost, usageByTenant);
    }

    private ClusterImage index(SetResource set) {
        ResourceKey key = set.key();
        Usage usage = Usage.of(set);
        String host = set.status().host();
        PMap<String, Usage> tenants =
                usageByTenant.plus(set.tenant(), usageOf(set.tenant()).plus(usage));
        PMap<UUID, ResourceKey> keys = setKeys.plus(set.uid(), key);
        if (host == null) {
            PSet<ResourceKey> waiting = set.status().state() == SetState.PENDING ? unplaced.plus(key) : unplaced;
            return new ClusterImage(revision, resources, keys, setsByHost, waiting, usageByHost, tenants);
        }
        PSet<ResourceKey> there = setsByHost.getOrDefault(host, HashTreePSet.empty());
        return new ClusterImage(
                revision,
                resources,
                keys,
                setsByHost.plus(host, there.plus(key)),
                unplaced,
                usageByHost.plus(host, usageOn(host).plus(usage)),
                tenants);
    }

    private ClusterImage forget(SetResource set) {
        ResourceKey key = set.key();
        Usage usage = Usage.of(set);
        String host = set.status().host();
        PMap<String, Usage> tenants =
                usageByTenant.plus(set.tenant(), usageOf(set.tenant()).minus(usage));
        PMap<UUID, ResourceKey> keys = setKeys.minus(set.uid());
        if (host == null) {
            return new ClusterImage(revision, resources, keys, setsByHost, unplaced.minus(key), usageByHost, tenants);
        }
        PSet<ResourceKey> there =
                setsByHost.getOrDefault(host, HashTreePSet.empty()).minus(key);
        return new ClusterImage(
                revision,
                resources,
                keys,
                there.isEmpty() ? setsByHost.minus(host) : setsByHost.plus(host, there),
                unplaced.minus(key),
                there.isEmpty()
                        ? usageByHost.minus(host)
                        : usageByHost.plus(host, usageOn(host).minus(usage)),
                tenants);
    }
}
