package io.mosaic.controller.api;

import io.mosaic.controller.agents.GrantService;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.model.HostInventory;
import io.mosaic.model.HostResource;
import io.mosaic.model.ImageName;
import io.mosaic.model.ImagePushRequest;
import io.mosaic.model.Names;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Role;
import io.mosaic.model.SavedImage;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.link.StreamRequest;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Images of hosts' daemons, on their way into the repository. */
final class ImagePushRoutes {

    private final ApiServices services;

    ImagePushRoutes(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(Route.post("/v1/hosts/{name}/images/push")
                .id("pushHostImage")
                .tag("hosts")
                .summary("Pushes an image that the host's daemon has to the repository; only new layers leave the host")
                .needs(Role.DEVELOPER)
                .takes(Params.NAME, Params.TENANT, Params.TENANT_HEADER, SaveReply.PROGRESS)
                .reads(Route.Body.json(ImagePushRequest.class))
                .answers(Answer.json(200, "Pushed", SavedImage.class), Answer.stream(SaveReply.STREAM, Answer.EVENTS))
                .handle(this::push));
    }

    private Reply push(Request request) throws InterruptedException {
        String host = request.get(Params.NAME);
        HostResource resource = services.log().image().host(host);
        if (resource == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no host named " + host);
        }
        String tenant = Tenancy.of(request);
        ImagePushRequest asked = request.body(ImagePushRequest.class);
        String image = asked.image();
        if (image == null || !Names.validImage(image)) {
            throw ProblemException.field("/image", "must be the name or the id of an image of the host", image);
        }
        String named = asked.target();
        ImageName same = named == null ? ImageName.pushedAs(image) : null;
        if (named == null && same == null) {
            throw ProblemException.field(
                    "/target", "is required where the image's name is not one of the repository, such as web:2", null);
        }
        Target target = target(
                named == null ? "/image" : "/target",
                same == null ? named : same.path() + ":" + same.reference(),
                tenant);
        request.notes().detail("image " + image + " as " + target);
        List<String> from = sources(target.from(image), resource, tenant);
        LinkMethods.GrantAnswer grant = target.grant(services, request, host, from);
        StreamRequest.Push push = new StreamRequest.Push(
                StreamRequest.Push.NO_SET,
                "",
                String.valueOf(grant.url()),
                String.valueOf(grant.token()),
                target.repository(),
                target.tag(),
                from,
                image,
                tenant,
                // The operator's own images are nobody's but theirs.
                request.caller().role() == Role.ADMIN && request.caller().clusterWide());
        return SaveReply.of(request, services.streams().open(host, push, StreamRoutes.OPEN_WITHIN), host);
    }

    /**
     * Where layers of the image may be: in its own repository, and in those of the tenant of which the host has images that it may be made
     * from.
     */
    private static List<String> sources(String likely, HostResource host, String tenant) {
        Set<String> all = new LinkedHashSet<>(List.of(likely));
        HostInventory inventory = host.status().inventory();
        String own = ImageName.KEPT + "/" + tenant + "/";
        for (String name : inventory == null ? List.<String>of() : inventory.images()) {
            if (name.startsWith(own) && all.size() < StreamRequest.Push.FROM_MAX) {
                all.add(ImageName.parse(name).path().substring(ImageName.KEPT.length() + 1));
            }
        }
        return List.copyOf(all);
    }

    /**
     * What an image is to be called in the repository.
     *
     * @param repository of the tenant
     */
    record Target(String tenant, String repository, String tag) {

        /** The repository that an image is likely to be of, as a set of the tenant names it. */
        String from(String image) {
            ImageName name = ImageName.parse(image);
            List<String> sources = name.path().startsWith(ImageName.KEPT + "/")
                    ? List.of(name.path().substring(ImageName.KEPT.length() + 1))
                    : name.repositories(tenant);
            // Names that mean nothing in the repository have nothing there to be taken over.
            return sources.isEmpty() ? repository : sources.getFirst();
        }

        /** Lets the host push there, for who calls. */
        LinkMethods.GrantAnswer grant(ApiServices services, Request request, String host, List<String> from) {
            GrantService grants = services.grants();
            if (grants == null) {
                throw new ProblemException(Problem.Kind.CONFLICT, "there is no image repository");
            }
            return grants.push(host, tenant, request.caller().name(), repository, tag, from);
        }

        @Override
        public String toString() {
            return repository + ":" + tag;
        }
    }

    /**
     * What that name means for a tenant's image.
     *
     * @param pointer of the field that holds the name
     * @throws ProblemException when it is none, or another tenant's
     */
    static Target target(String pointer, @Nullable String text, String tenant) {
        if (text == null
                || !Names.validImage(text)
                || ImageName.parse(text).digest() != null
                || ImageName.parse(text).repositories(tenant).isEmpty()) {
            throw ProblemException.field(pointer, "must be an image's name with a tag, such as web:2", text);
        }
        ImageName name = ImageName.parse(text);
        String repository = name.repositories(tenant).getFirst();
        if (!repository.startsWith(tenant + "/")) {
            throw new ProblemException(
                    Problem.Kind.FORBIDDEN,
                    "an image of tenant " + tenant + "'s is saved under its own name: " + tenant + "/" + name.path());
        }
        return new Target(tenant, repository, name.reference());
    }
}
