package io.mosaic.controller.api;

import io.mosaic.controller.agents.GrantService;
import io.mosaic.controller.agents.SideStream;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.model.HostImage;
import io.mosaic.model.HostResource;
import io.mosaic.model.ImageName;
import io.mosaic.model.Names;
import io.mosaic.model.Page;
import io.mosaic.model.PeerJson;
import io.mosaic.model.PinRequest;
import io.mosaic.model.PinnedImage;
import io.mosaic.model.PoolResource;
import io.mosaic.model.PrefetchRequest;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Role;
import io.mosaic.model.TokenResource;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The images of hosts: which they have, have them fetched ahead, have them kept. */
final class HostImageRoutes {

    /** A daemon that is busy answers late. */
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(20);

    /** More than any daemon works well with. */
    private static final int IMAGES_MAX = 10_000;

    private final ApiServices services;

    HostImageRoutes(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/v1/hosts/{name}/images")
                        .id("listHostImages")
                        .tag("hosts")
                        .summary("Lists the images that a host has; a token of some tenants sees what is theirs")
                        .needs(Role.VIEWER)
                        .takes(Params.NAME)
                        .answers(Answer.page("The images, by name; the revision says nothing here", HostImage.class))
                        .handle(this::list),
                Route.post("/v1/hosts/{name}/images/prefetch")
                        .id("prefetchImage")
                        .tag("hosts")
                        .summary("Has a host fetch an image from the repository before a set needs it")
                        .needs(Role.OPERATOR)
                        .takes(Params.NAME, Params.TENANT, Params.TENANT_HEADER)
                        .reads(Route.Body.json(PrefetchRequest.class))
                        .answers(Answer.stream(
                                "A PrefetchStep in each line (doing in words; done, or a problem, is the last), as it"
                                        + " goes on",
                                Answer.JSON_LINES))
                        .handle(this::prefetch),
                pin("pin", "Has a host keep an image that it has, whatever room it needs", true),
                pin("unpin", "Lets a host remove an image again when it needs room and nothing uses it", false));
    }

    private Route pin(String verb, String summary, boolean on) {
        return Route.post("/v1/hosts/{name}/images/" + verb)
                .id(verb + "Image")
                .tag("hosts")
                .summary(summary)
                .needs(Role.OPERATOR)
                .takes(Params.NAME, Params.TENANT, Params.TENANT_HEADER)
                .reads(Route.Body.json(PinRequest.class))
                .answers(Answer.json(200, "So it is; changed says whether it was not", PinnedImage.class))
                .handle(request -> pin(request, on));
    }

    private Reply list(Request request) throws InterruptedException {
        String host = HostRoutes.existing(services.log().image(), request.get(Params.NAME))
                .name();
        List<HostImage> images = new ArrayList<>();
        try (SideStream stream = services.streams().open(host, new StreamRequest.Images(), StreamRoutes.OPEN_WITHIN)) {
            for (byte[] next = output(host, stream); next != null; next = output(host, stream)) {
                HostImage image = seen(request.caller(), PeerJson.read(next, HostImage.class));
                if (image != null && images.size() < IMAGES_MAX) {
                    images.add(image);
                }
            }
        }
        return Reply.page(new Page<>(images, 0, null), HostImage.class);
    }

    /** The next output; null at its good end. */
    private static byte @Nullable [] output(String host, SideStream stream) throws InterruptedException {
        Frame frame = stream.receive(ANSWER_WITHIN);
        if (frame == null) {
            throw new ProblemException(Problem.Kind.UNAVAILABLE, "the connection to host " + host + " ended meanwhile");
        }
        if (frame.channel() != Frame.CONTROL) {
            return frame.payload();
        }
        if (frame.control() instanceof StreamControl.Failed(Problem problem)) {
            throw new ProblemException(problem);
        }
        return null;
    }

    /** The part of it that is the caller's to see; null: nothing is. */
    private static @Nullable HostImage seen(Caller caller, HostImage image) {
        if (caller.clusterWide()) {
            return image;
        }
        Map<String, Integer> sets = new HashMap<>(image.sets());
        sets.keySet().removeIf(tenant -> !caller.mayActFor(tenant));
        Map<String, List<String>> pins = new HashMap<>(image.pins());
        pins.keySet().removeIf(tenant -> !caller.mayActFor(tenant));
        List<String> tenants =
                image.tenants().stream().filter(caller::mayActFor).toList();
        if (sets.isEmpty() && tenants.isEmpty()) {
            return null;
        }
        String repository = image.repository();
        return new HostImage(
                image.names().stream().filter(name -> mayKnow(caller, name)).toList(),
                image.id(),
                repository == null || mayKnow(caller, ImageName.KEPT + "/" + repository) ? repository : null,
                image.digest(),
                image.size(),
                image.used(),
                tenants,
                sets,
                pins);
    }

    /** An image that several tenants have may have a name of each. */
    private static boolean mayKnow(Caller caller, String name) {
        String kept = ImageName.KEPT + "/";
        if (!name.startsWith(kept)) {
            return true;
        }
        String first = ImageName.parse(name.substring(kept.length())).first();
        return first == null || first.indexOf('.') >= 0 || caller.mayActFor(first);
    }

    /** Checks all that can be before the host is asked; the rest it says as it goes on. */
    private Reply prefetch(Request request) throws InterruptedException {
        PrefetchRequest asked = request.body(PrefetchRequest.class);
        Target target = target(request, asked.image());
        GrantService grants = services.grants();
        if (grants == null) {
            throw new ProblemException(Problem.Kind.CONFLICT, "there is no image repository");
        }
        request.notes().detail(target.image() + (asked.pin() ? ", pinned" : ""));
        String user = request.caller().name();
        PrefetchStream.Right right = () -> {
            requireToken(user);
            return grants.ahead(target.host(), target.tenant(), user, target.name());
        };
        LinkMethods.GrantAnswer first = right.now();
        StreamRequest.Prefetch prefetch =
                new StreamRequest.Prefetch(target.tenant(), target.image(), first, asked.pin());
        SideStream stream = services.streams().open(target.host(), prefetch, StreamRoutes.OPEN_WITHIN);
        return PrefetchStream.reply(target.host(), stream, right);
    }

    /** Whoever asked may go on asking for as long as its token is good, and no longer. */
    private void requireToken(String name) {
        TokenResource token = services.log().image().token(name);
        if (token == null) {
            throw new ProblemException(Problem.Kind.UNAUTHENTICATED, "the token is no longer there");
        }
        Instant expires = token.spec().expires();
        if (expires != null && !services.clock().instant().isBefore(expires)) {
            throw new ProblemException(Problem.Kind.UNAUTHENTICATED, "the token has expired");
        }
    }

    private Reply pin(Request request, boolean on) throws InterruptedException {
        PinRequest asked = request.body(PinRequest.class);
        Target target = target(request, asked.image());
        request.notes().detail(target.image());
        GrantService.requireOwn(services.log().image(), target.tenant(), target.name());
        StreamRequest.Pin pin = new StreamRequest.Pin(target.tenant(), target.image(), on);
        try (SideStream stream = services.streams().open(target.host(), pin, StreamRoutes.OPEN_WITHIN)) {
            byte[] answer = output(target.host(), stream);
            if (answer == null) {
                throw new ProblemException(Problem.Kind.UNAVAILABLE, "host " + target.host() + " does not say so");
            }
            return Reply.json(200, PeerJson.read(answer, PinnedImage.class));
        } catch (ProblemException e) {
            if (on && e.is(Problem.Kind.NOT_FOUND)) {
                throw new ProblemException(
                        Problem.Kind.NOT_FOUND,
                        "host " + target.host() + " does not have image " + target.image() + " for tenant "
                                + target.tenant() + "; prefetch with pin (mos image prefetch " + target.image()
                                + " --host " + target.host() + " --pin) brings and keeps it");
            }
            throw e;
        }
    }

    /** What is to be done where, for whom. */
    private record Target(String host, String tenant, String image, ImageName name) {}

    /** @throws ProblemException when the name means nothing in the repository, or the tenant's sets may not go to that host */
    private Target target(Request request, @Nullable String image) {
        String tenant = Tenancy.of(request);
        ClusterImage now = services.log().image();
        HostResource host = HostRoutes.existing(now, request.get(Params.NAME));
        if (image == null || !Names.validImage(image)) {
            throw ProblemException.field("/image", "must be an image's name, such as food/web:1", image);
        }
        ImageName name = ImageName.parse(image);
        if (name.repositories(tenant).isEmpty()) {
            throw ProblemException.field("/image", "must be the name of an image of the repository", image);
        }
        if (now.tenant(tenant) == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no tenant named " + tenant);
        }
        PoolResource pool = now.pool(host.spec().pool());
        if (pool != null && !pool.spec().admitsAny(tenant)) {
            throw new ProblemException(
                    Problem.Kind.FORBIDDEN,
                    "host " + host.name() + " is in pool " + pool.name() + ", which is reserved for others than tenant "
                            + tenant);
        }
        return new Target(host.name(), tenant, image, name);
    }
}
