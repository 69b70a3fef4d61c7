package io.mosaic.images;

import io.mosaic.images.access.MirrorReach;
import io.mosaic.images.blob.s3.S3BlobStore;
import io.mosaic.images.glance.GlanceSettings;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.images.registry.RegistryLimits;
import io.mosaic.model.Bytes;
import io.mosaic.model.Interval;
import io.mosaic.model.Json;
import io.mosaic.model.Names;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code images.json}. What is absent has a default; an unknown key is an error.
 *
 * @param api where users and hosts connect
 * @param tls whether connections are encrypted; absent: on all but loopback addresses
 * @param address URL at which clients reach it when that is not how they call it, behind a proxy for instance
 * @param database the PostgreSQL that the controllers have; absent: the one that this installation's controller runs
 * @param directory of the content; absent: {@code images} in the home's lib
 * @param reserve bytes of its file system that stay free; absent: 256 MiB
 * @param names further names and addresses by which it is reached, for its certificate
 * @param garbage when unused content goes
 * @param limits what it takes on
 * @param glance what the Glance API takes on
 * @param store where content is kept when not in files
 * @param mirrors other registries that are mirrored
 */
public record ImagesConfig(
        Endpoint api,
        @Nullable Boolean tls,
        @Nullable String address,
        @Nullable Database database,
        @Nullable String directory,
        @Nullable Bytes reserve,
        List<String> names,
        Garbage garbage,
        @Nullable Limits limits,
        @Nullable Glance glance,
        @Nullable StoreConfig store,
        List<Mirror> mirrors) {

    private static final int PORT = 8445;
    private static final long RESERVE_MEBI = 256;

    public ImagesConfig {
        api = api == null ? new Endpoint(null, null) : api;
        names = names == null ? List.of() : List.copyOf(names);
        garbage = garbage == null ? new Garbage(null, null, null) : garbage;
        mirrors = mirrors == null ? List.of() : List.copyOf(mirrors);
    }

    /**
     * Where to listen.
     *
     * @param bind address; absent: 127.0.0.1, so that nothing is reachable from outside unless somebody wants it
     * @param port absent: 8445; 0: any free one
     */
    public record Endpoint(@Nullable String bind, @Nullable Integer port) {
        public String bindOrLocal() {
            return bind == null ? "127.0.0.1" : bind;
        }

        public int portOrUsual() {
            return port == null ? PORT : port;
        }
    }

    /**
     * A PostgreSQL.
     *
     * @param url JDBC URL
     * @param passwordFile file that holds the password and nothing else but a newline
     */
    public record Database(String url, String user, String passwordFile) {}

    /**
     * When unused content goes.
     *
     * @param every absent: once a day
     * @param grace what was put or asked for within that time stays; absent: a day
     * @param untagged whether manifests that no tag leads to go too; absent: they stay
     */
    public record Garbage(
            @Nullable Interval every,
            @Nullable Interval grace,
            @Nullable Boolean untagged) {

        public Duration everyOrDay() {
            return every == null ? Duration.ofDays(1) : every.duration();
        }

        public Duration graceOrDay() {
            return grace == null ? Duration.ofDays(1) : grace.duration();
        }
    }

    /**
     * What it takes on; what is absent has the default of {@link RegistryLimits}.
     *
     * @param blob largest blob
     * @param tenantUploads open at once, of one tenant
     * @param uploadIdle after which an upload that nothing came for is given up
     */
    public record Limits(
            @Nullable Bytes blob,
            @Nullable Integer tenantUploads,
            @Nullable Interval uploadIdle) {}

    /**
     * What the Glance API takes on; what is absent has the default of {@link GlanceSettings}.
     *
     * @param anonymousTenant whose operator a caller without a token is, on a loopback address only; absent: none
     * @param tenantImages most images of one tenant
     * @param layer most bytes that a layer may have, unpacked
     */
    public record Glance(
            @Nullable String anonymousTenant,
            @Nullable Integer tenantImages,
            @Nullable Bytes layer) {}

    GlanceSettings glanceSettings() {
        GlanceSettings usual = GlanceSettings.DEFAULT;
        return glance == null
                ? usual
                : new GlanceSettings(
                        glance.anonymousTenant,
                        glance.tenantImages == null ? usual.tenantImages() : glance.tenantImages,
                        glance.layer == null ? usual.layerBytes() : glance.layer.value());
    }

    private void checkGlance() throws UnknownHostException {
        if (glance == null) {
            return;
        }
        if (glance.anonymousTenant != null && !Names.valid(glance.anonymousTenant)) {
            throw ProblemException.field("/glance/anonymousTenant", Names.RULE, glance.anonymousTenant);
        }
        if (glance.anonymousTenant != null && !loopback()) {
            throw ProblemException.field(
                    "/glance/anonymousTenant",
                    "must be absent where other machines connect: anybody would be that tenant's operator",
                    glance.anonymousTenant);
        }
        if (glance.tenantImages != null && glance.tenantImages < 0) {
            throw ProblemException.field(
                    "/glance/tenantImages", "must not be negative", glance.tenantImages.toString());
        }
    }

    /**
     * Another registry that is mirrored.
     *
     * @param prefix first part of its repositories' names here, such as docker.io: a host's name with a dot
     * @param upstream where it is; HTTPS, or HTTP on this machine
     * @param credentialsFile file that holds {@code user:password}; absent: what anybody may pull there
     * @param ca file of the certificates that its own must be signed by; absent: as the JDK has them
     * @param revalidate how long a tag means what it meant there when it was asked last; absent: 5 minutes
     * @param tenants whose users may pull; absent: those of all
     * @param anonymous whether also who shows no token may pull, as docker's daemon does of a mirror; absent: no
     * @param unprefixed whether names whose first part is no tenant are its, without the prefix; absent: no
     * @param maxBytes what is kept of it; absent: what there is room for
     */
    public record Mirror(
            String prefix,
            String upstream,
            @Nullable String credentialsFile,
            @Nullable String ca,
            @Nullable Interval revalidate,
            List<String> tenants,
            @Nullable Boolean anonymous,
            @Nullable Boolean unprefixed,
            @Nullable Bytes maxBytes) {

        private static final Duration REVALIDATE = Duration.ofMinutes(5);

        public Mirror {
            tenants = tenants == null ? List.of() : List.copyOf(tenants);
        }

        public Duration revalidateOrUsual() {
            return revalidate == null ? REVALIDATE : revalidate.duration();
        }

        MirrorReach reach() {
            return new MirrorReach(prefix, tenants, Boolean.TRUE.equals(anonymous), Boolean.TRUE.equals(unprefixed));
        }
    }

    RegistryLimits registryLimits() {
        RegistryLimits usual = RegistryLimits.DEFAULT;
        return limits == null
                ? usual
                : new RegistryLimits(
                        limits.blob == null ? usual.blobBytes() : limits.blob.value(),
                        limits.tenantUploads == null ? usual.tenantUploads() : limits.tenantUploads,
                        limits.uploadIdle == null ? usual.uploadIdle() : limits.uploadIdle.duration());
    }

    long reserveBytes() {
        return reserve == null ? RESERVE_MEBI << 20 : reserve.value();
    }

    /** Whether connections are encrypted. */
    public boolean encrypted() throws UnknownHostException {
        return tls == null ? !loopback() : tls;
    }

    private boolean loopback() throws UnknownHostException {
        return InetAddress.getByName(api.bindOrLocal()).isLoopbackAddress();
    }

    /**
     * Reads and checks it.
     *
     * @param required whether the file must be there; else all defaults hold without it
     * @throws IOException in one line, naming file, key and rule
     */
    public static ImagesConfig read(Path file, boolean required) throws IOException {
        if (!Files.exists(file)) {
            if (required) {
                throw new IOException("no such file: " + file);
            }
            return Json.read("{}", ImagesConfig.class).checked();
        }
        try {
            return Json.read(Files.readAllBytes(file), ImagesConfig.class).checked();
        } catch (ProblemException e) {
            throw new IOException(file + ": " + e.getMessage());
        }
    }

    private ImagesConfig checked() throws UnknownHostException {
        int port = api.portOrUsual();
        if (port < 0 || port > 65535) {
            throw ProblemException.field("/api/port", "must be 0 to 65535", Integer.toString(port));
        }
        if (database != null
                && (database.url() == null || database.user() == null || database.passwordFile() == null)) {
            throw new ProblemException(Problem.Kind.INVALID, "/database: needs url, user and passwordFile");
        }
        if (!encrypted() && !loopback()) {
            throw ProblemException.field("/tls", "must be true where other machines connect", "false");
        }
        if (address != null && !isAddress(address)) {
            throw ProblemException.field("/address", "must be http://HOST or https://HOST, with no path", address);
        }
        Duration every = garbage.everyOrDay();
        if (every.compareTo(Duration.ofMinutes(1)) < 0) {
            throw ProblemException.field("/garbage/every", "must be at least 1m", String.valueOf(garbage.every()));
        }
        if (limits != null && limits.tenantUploads != null && limits.tenantUploads < 1) {
            throw ProblemException.field(
                    "/limits/tenantUploads", "must be at least 1", limits.tenantUploads.toString());
        }
        checkGlance();
        checkStore();
        checkMirrors();
        return this;
    }

    /** The bucket that content is in; null where it is in files. */
    StoreConfig.@Nullable S3 s3() {
        return store == null ? null : store.s3();
    }

    private void checkStore() {
        if (store == null) {
            return;
        }
        store.check();
        long blob = registryLimits().blobBytes();
        if (store.s3() != null && blob > S3BlobStore.BLOB_MAX_BYTES) {
            throw ProblemException.field(
                    "/limits/blob", "must be at most 156Gi, the largest object of a bucket", Long.toString(blob));
        }
    }

    private void checkMirrors() throws UnknownHostException {
        Set<String> prefixes = new HashSet<>();
        int unprefixed = 0;
        for (int i = 0; i < mirrors.size(); i++) {
            String at = "/mirrors/" + i;
            Mirror mirror = mirrors.get(i);
            if (mirror.prefix == null || !RepositoryName.validPrefix(mirror.prefix)) {
                throw ProblemException.field(
                        at + "/prefix", "must be a host's name with a dot, lower case", String.valueOf(mirror.prefix));
            }
            if (!prefixes.add(mirror.prefix)) {
                throw ProblemException.field(at + "/prefix", "must be no other mirror's", mirror.prefix);
            }
            if (mirror.upstream == null || !isAddress(mirror.upstream) || !safe(URI.create(mirror.upstream))) {
                throw ProblemException.field(
                        at + "/upstream",
                        "must be https://HOST, or http:// on this machine, with no path",
                        String.valueOf(mirror.upstream));
            }
            for (String tenant : mirror.tenants) {
                Names.require(at + "/tenants", tenant);
            }
            unprefixed += Boolean.TRUE.equals(mirror.unprefixed) ? 1 : 0;
            if (unprefixed > 1) {
                throw ProblemException.field(at + "/unprefixed", "must be true for one mirror at most", "true");
            }
        }
    }

    /** Without encryption only on this machine: anybody between could answer in the registry's place, and read passwords. */
    private static boolean safe(URI upstream) throws UnknownHostException {
        return upstream.getScheme().equals("https")
                || InetAddress.getByName(upstream.getHost()).isLoopbackAddress();
    }

    private static boolean isAddress(String text) {
        try {
            URI uri = new URI(text);
            return uri.getHost() != null
                    && List.of("http", "https").contains(uri.getScheme())
                    && uri.getRawPath().isEmpty()
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && uri.getRawUserInfo() == null;
        } catch (java.net.URISyntaxException e) {
            return false;
        }
    }
}
