package io.mosaic.controller.api;

import io.mosaic.controller.agents.SideStream;
import io.mosaic.controller.app.ScaleDecisions;
import io.mosaic.controller.scale.AppUse;
import io.mosaic.controller.store.ClusterLog.Commit;
import io.mosaic.controller.store.ClusterLog.Committed;
import io.mosaic.controller.store.ClusterLog.Idempotency;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Parameter;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppScale;
import io.mosaic.model.AppUsage;
import io.mosaic.model.AppWebhook;
import io.mosaic.model.Json;
import io.mosaic.model.LoadCall;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.Role;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.SetUsage;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Load calls, by token or by signed webhook; what apps use. */
final class ScalingRoutes {

    private static final Parameter<?>[] TENANTS = {Params.TENANT, Params.TENANT_HEADER};

    private static final Parameter<Long> TIMESTAMP = Parameter.number(
            Parameter.Place.HEADER, Webhook.TIMESTAMP, "When the call was made, in seconds since 1970.", 0, 1L << 40);

    private static final Parameter<String> SIGNATURE = Parameter.text(
            Parameter.Place.HEADER,
            Webhook.SIGNATURE,
            "HMAC-SHA256 over the timestamp, a full stop and the body, keyed with the app's secret, as sha256=HEX.",
            "sha256=[0-9a-f]{64}",
            71,
            "must be sha256= and 64 digits of lower-case hex");

    private static final Duration ASK_WITHIN = Duration.ofSeconds(5);

    private final ApiServices services;
    private final CallRate rate = new CallRate(System::nanoTime);

    ScalingRoutes(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/v1/apps/{name}/load")
                        .id("loadApp")
                        .tag("apps")
                        .summary("Asks for more or fewer instances, within the app's bounds")
                        .needs(Role.DEVELOPER)
                        .takes(Params.NAME, Params.IDEMPOTENCY_KEY)
                        .takes(TENANTS)
                        .reads(Route.Body.json(LoadCall.class))
                        .answers(
                                Answer.json(202, "Accepted; as it is now", AppResource.class),
                                Answer.empty(429, "The app is told of load too often"))
                        .handle(this::load),
                Route.post("/v1/webhooks/apps/{tenant}/{name}/load")
                        .id("loadAppSigned")
                        .tag("apps")
                        .summary("Asks for more or fewer instances without a token, signed with the app's secret")
                        .takes(Params.OF_TENANT, Params.NAME, TIMESTAMP, SIGNATURE)
                        .reads(Route.Body.json(LoadCall.class))
                        .answers(
                                Answer.json(202, "Accepted; how many there are to be now", AppScale.class),
                                Answer.empty(401, "The signature or the timestamp is wrong"),
                                Answer.empty(429, "The app is told of load too often"))
                        .handle(this::signed),
                Route.get("/v1/apps/{name}/webhook")
                        .id("getAppWebhook")
                        .tag("apps")
                        .summary("Where and with which secret load calls are sent without a token")
                        .needs(Role.DEVELOPER)
                        .audited()
                        .takes(Params.NAME, Params.AT_LEAST, Params.WRITTEN)
                        .takes(TENANTS)
                        .answers(Answer.json(200, "The secret is that of /scaling/webhook/key", AppWebhook.class))
                        .handle(this::webhook),
                Route.get("/v1/apps/{name}/usage")
                        .id("getAppUsage")
                        .tag("apps")
                        .summary("What an app's instances use, as their hosts' agents measured it some seconds ago")
                        .needs(Role.VIEWER)
                        .takes(Params.NAME, Params.AT_LEAST, Params.WRITTEN)
                        .takes(TENANTS)
                        .answers(Answer.json(200, "Sums over those that are known", AppUsage.class))
                        .handle(this::usage),
                Route.get("/v1/sets/{name}/usage")
                        .id("getSetUsage")
                        .tag("sets")
                        .summary("What a set uses, as its host's agent measured it some seconds ago")
                        .needs(Role.VIEWER)
                        .takes(Params.NAME, Params.AT_LEAST, Params.WRITTEN)
                        .takes(TENANTS)
                        .answers(Answer.json(200, "What it uses", SetUsage.class))
                        .handle(this::setUsage));
    }

    private Reply load(Request request) throws InterruptedException {
        String tenant = Tenancy.of(request);
        ResourceKey key = ResourceKey.app(tenant, request.get(Params.NAME));
        LoadCall call = LoadCall.require(request.body(LoadCall.class));
        existing(key);
        rate.enter(key);
        Committed committed = Commits.commit(
                services,
                request,
                tenant,
                ScaleDecisions.load(
                        tenant,
                        key.name(),
                        call,
                        "token " + request.caller().name(),
                        services.clock().instant()));
        return Commits.reply(202, Commits.outcome(services.log(), committed, key), committed);
    }

    private Reply signed(Request request) throws InterruptedException {
        String tenant = request.get(Params.OF_TENANT);
        ResourceKey key = ResourceKey.app(tenant, request.get(Params.NAME));
        Instant now = services.clock().instant();
        String signature = request.get(SIGNATURE);
        AppResource app = services.log().image().app(tenant, key.name());
        String secret =
                app == null ? null : Webhook.secret(app, services.scaling().secrets());
        Webhook.require(secret, request.get(TIMESTAMP), signature, request.body(), now);
        request.notes().tenant(tenant);
        request.notes().detail("webhook of app " + key.name());
        LoadCall call = LoadCall.require(request.body(LoadCall.class));
        rate.enter(key);
        // The signature as the key: the same call again, within the window or at another controller, changes nothing.
        Idempotency once = new Idempotency("webhook/" + tenant + "/" + key.name(), signature, signature);
        Committed committed;
        try (Admission.Permit _ = services.admission().enter(tenant)) {
            committed = services.log()
                    .commit(new Commit(ScaleDecisions.load(tenant, key.name(), call, "webhook", now), once, 0));
        }
        request.notes().revision(committed.revision());
        Resource after = Commits.outcome(services.log(), committed, key);
        return Reply.json(
                202,
                new AppScale(
                        after instanceof AppResource changed ? changed.spec().replicas() : null, null));
    }

    private Reply webhook(Request request) throws InterruptedException {
        String tenant = Tenancy.of(request);
        Listing.image(services.log(), request);
        AppResource app = existing(ResourceKey.app(tenant, request.get(Params.NAME)));
        String secret = Webhook.secret(app, services.scaling().secrets());
        if (secret == null) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT,
                    "app " + app.name() + " takes no such calls: give it /scaling/webhook first");
        }
        return Reply.json(
                200,
                new AppWebhook(
                        "/v1/webhooks/apps/" + tenant + "/" + app.name() + "/load",
                        secret,
                        Webhook.TIMESTAMP,
                        Webhook.SIGNATURE));
    }

    private Reply usage(Request request) throws InterruptedException {
        String tenant = Tenancy.of(request);
        Listing.image(services.log(), request);
        AppResource app = existing(ResourceKey.app(tenant, request.get(Params.NAME)));
        AppUse use = services.scaling().use().use(app.key());
        int replicas = app.spec().replicas();
        return Reply.json(
                200,
                use == null
                        ? new AppUsage(app.name(), replicas, 0, 0, 0, 0, 0, null, null, null)
                        : new AppUsage(
                                app.name(),
                                replicas,
                                use.instances(),
                                use.cpuMillis(),
                                use.cpuLimitMillis(),
                                use.memoryBytes(),
                                use.memoryLimitBytes(),
                                use.networkInstances() == 0 ? null : use.networkBytes(),
                                use.diskInstances() == 0 ? null : use.diskBytes(),
                                use.ageMillis()));
    }

    private Reply setUsage(Request request) throws InterruptedException {
        String tenant = Tenancy.of(request);
        String name = request.get(Params.NAME);
        SetResource set = Listing.image(services.log(), request).set(tenant, name);
        if (set == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no set named " + name);
        }
        String host = set.status().host();
        if (host == null || set.status().state() != SetState.RUNNING) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT,
                    "set " + name + " does not run: it is " + set.status().state());
        }
        try (SideStream stream = services.streams().open(host, new StreamRequest.Usage(set.uid(), ""), ASK_WITHIN)) {
            Frame frame = stream.receive(ASK_WITHIN);
            if (frame == null) {
                throw new ProblemException(Problem.Kind.UNAVAILABLE, "host " + host + " did not answer");
            }
            if (frame.channel() == Frame.CONTROL) {
                throw frame.control() instanceof StreamControl.Failed(Problem problem)
                        ? new ProblemException(problem)
                        : new ProblemException(Problem.Kind.UNAVAILABLE, "host " + host + " did not answer");
            }
            return Reply.json(200, Json.read(frame.payload(), SetUsage.class));
        }
    }

    private AppResource existing(ResourceKey key) {
        AppResource app = services.log().image().app(key.tenant(), key.name());
        if (app == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no app named " + key.name());
        }
        return app;
    }
}
