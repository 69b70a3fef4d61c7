package io.mosaic.model;

/**
 * Names one resource. Ordered by kind, tenant and name, so that a sorted map lists a tenant's resources in one run.
 *
 * @param tenant the owning tenant, or {@link #CLUSTER} for what belongs to none (hosts, pools, tenants, tokens)
 */
public record ResourceKey(Kind kind, String tenant, String name) implements Comparable<ResourceKey> {

    /** Stands where a tenant would, for resources of the whole cluster. Not a valid tenant name. */
    public static final String CLUSTER = "_";

    public static ResourceKey set(String tenant, String name) {
        return new ResourceKey(Kind.SET, tenant, name);
    }

    public static ResourceKey host(String name) {
        return new ResourceKey(Kind.HOST, CLUSTER, name);
    }

    public static ResourceKey tenant(String name) {
        return new ResourceKey(Kind.TENANT, CLUSTER, name);
    }

    public static ResourceKey token(String name) {
        return new ResourceKey(Kind.TOKEN, CLUSTER, name);
    }

    public static ResourceKey pool(String name) {
        return new ResourceKey(Kind.POOL, CLUSTER, name);
    }

    public static ResourceKey app(String tenant, String name) {
        return new ResourceKey(Kind.APP, tenant, name);
    }

    /** A template that an app had or has. No name of an app has a dot, so those of one app lie together. */
    public static ResourceKey release(String tenant, String app, int number) {
        return new ResourceKey(Kind.RELEASE, tenant, app + "." + number);
    }

    @Override
    public int compareTo(ResourceKey other) {
        int byKind = kind.compareTo(other.kind);
        if (byKind != 0) {
            return byKind;
        }
        int byTenant = tenant.compareTo(other.tenant);
        return byTenant != 0 ? byTenant : name.compareTo(other.name);
    }

    /** The same in every process, as an enum's own is not: what is kept by hash is then met in the same order everywhere. */
    @Override
    public int hashCode() {
        return (kind.word().hashCode() * 31 + tenant.hashCode()) * 31 + name.hashCode();
    }

    @Override
    public String toString() {
        return kind.word() + "/" + (tenant.equals(CLUSTER) ? "" : tenant + "/") + name;
    }
}
