package io.mosaic.controller.agents;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.kit.tls.Credentials;
import io.mosaic.kit.tls.HostGrant;
import io.mosaic.kit.tls.HostIdentity;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.ImageName;
import io.mosaic.model.Names;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import io.mosaic.model.link.LinkMethods;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives hosts the right to fetch from the image repository what sets on them name, and what users who may ask for ahead.
 *
 * <p>Thread-safe.
 */
public final class GrantService {

    private static final Logger LOG = LoggerFactory.getLogger(GrantService.class);

    /** A fetch that takes longer asks again on the way. */
    public static final Duration LIFE = Duration.ofMinutes(5);

    /** The daemon packs all layers first. */
    private static final Duration PUSH_LIFE = Duration.ofMinutes(15);

    private final @Nullable String url;
    private final Credentials controller;
    private final Supplier<ClusterImage> image;
    private final InstantSource clock;

    /**
     * @param url of the repository; null: there is none
     * @param controller by which this controller is known to be one
     */
    public GrantService(
            @Nullable String url, Credentials controller, Supplier<ClusterImage> image, InstantSource clock) {
        this.url = url;
        this.controller = controller;
        this.image = image;
        this.clock = clock;
    }

    /**
     * Answers a host.
     *
     * @throws StatusRuntimeException when the set is not on that host, does not name that image, or may not have it
     */
    LinkMethods.GrantAnswer grant(HostIdentity host, LinkMethods.GrantRequest request) {
        if (request.set() == null || request.image() == null || !Names.validImage(request.image())) {
            throw Status.INVALID_ARGUMENT
                    .withDescription("set and image are required")
                    .asRuntimeException();
        }
        if (url == null) {
            return LinkMethods.GrantAnswer.none();
        }
        ClusterImage now = image.get();
        SetResource set = named(now, host.host(), request.set(), request.image());
        ImageName name = ImageName.parse(request.image());
        try {
            requireOwn(now, set.tenant(), name);
        } catch (ProblemException e) {
            throw JoinService.status(e).asRuntimeException();
        }
        return pull(host.host(), set.tenant(), "host " + host.host(), name);
    }

    /**
     * Lets a host push to that repository, for a user who may.
     *
     * @param user who asked for it
     * @param from repositories that it may take layers over from
     * @throws ProblemException of kind UNAVAILABLE when there is no repository
     */
    public LinkMethods.GrantAnswer push(
            String host, String tenant, String user, String repository, String tag, List<String> from) {
        requireRepository();
        List<String> scopes = new ArrayList<>(List.of("repository:" + repository + ":pull,push"));
        from.forEach(each -> scopes.add("repository:" + each + ":pull"));
        String token = sealed(host, tenant, user, scopes, PUSH_LIFE);
        return new LinkMethods.GrantAnswer(url, List.of(repository), tag, token, PUSH_LIFE.toSeconds());
    }

    /**
     * Lets a host fetch an image for sets of a tenant that are still to come, for a user who may.
     *
     * @param user who asked for it
     * @throws ProblemException of kind CONFLICT when there is no repository, FORBIDDEN when the image is another tenant's
     */
    public LinkMethods.GrantAnswer ahead(String host, String tenant, String user, ImageName name) {
        requireRepository();
        requireOwn(image.get(), tenant, name);
        return pull(host, tenant, user, name);
    }

    private LinkMethods.GrantAnswer pull(String host, String tenant, String user, ImageName name) {
        List<String> repositories = name.repositories(tenant);
        List<String> scopes = repositories.stream()
                .map(each -> "repository:" + each + ":pull")
                .toList();
        String token = sealed(host, tenant, user, scopes, LIFE);
        return new LinkMethods.GrantAnswer(url, repositories, name.reference(), token, LIFE.toSeconds());
    }

    private void requireRepository() {
        if (url == null) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT,
                    "the controllers know of no image repository (images.url of controller.json)");
        }
    }

    private static SetResource named(ClusterImage image, String host, UUID uid, String wanted) {
        for (SetResource set : image.setsOn(host)) {
            if (set.uid().equals(uid)) {
                if (set.spec().containers().stream()
                        .map(ContainerSpec::imageOrEmpty)
                        .noneMatch(wanted::equals)) {
                    throw Status.NOT_FOUND
                            .withDescription("the set does not name image " + wanted)
                            .asRuntimeException();
                }
                return set;
            }
        }
        throw Status.PERMISSION_DENIED
                .withDescription("the set is not placed on host " + host)
                .asRuntimeException();
    }

    /**
     * A name whose first part is a tenant is that tenant's, whoever says it.
     *
     * @throws ProblemException of kind FORBIDDEN when it is another's
     */
    public static void requireOwn(ClusterImage image, String tenant, ImageName name) {
        String first = name.first();
        if (first != null && !first.equals(tenant) && image.tenant(first) != null) {
            throw new ProblemException(
                    Problem.Kind.FORBIDDEN,
                    "image " + name.path() + " is of tenant " + first + ", and not for tenant " + tenant);
        }
    }

    private String sealed(String host, String tenant, String user, List<String> scopes, Duration life) {
        long expires = clock.instant().plus(life).getEpochSecond();
        try {
            return new HostGrant(host, tenant, user, scopes, expires).sealed(controller);
        } catch (GeneralSecurityException e) {
            LOG.error("a grant for host {} could not be signed", host, e);
            throw Status.INTERNAL
                    .withDescription("the grant could not be signed")
                    .asRuntimeException();
        }
    }
}
