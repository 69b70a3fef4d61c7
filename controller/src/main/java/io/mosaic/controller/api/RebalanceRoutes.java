package io.mosaic.controller.api;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.reconcile.Rebalance;
import io.mosaic.controller.schedule.Fleet;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.model.RebalancePlan;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.Role;
import java.time.Instant;
import java.util.List;

/** Proposes moves that even out the hosts' load, and begins them when told to. */
final class RebalanceRoutes {

    /** Moves begun by one call: each is a stop and a start, and the next call sees what came of them. */
    private static final int MOVES_MAX = 20;

    private final ApiServices services;
    private final Scheduler scheduler = Scheduler.standard();
    private final Fleet fleet = new Fleet();

    RebalanceRoutes(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/v1/rebalance")
                        .id("planRebalance")
                        .tag("hosts")
                        .summary("Which sets would better be on other hosts; changes nothing")
                        .needs(Role.OPERATOR)
                        .clusterWide()
                        .takes(Params.AT_LEAST, Params.WRITTEN)
                        .answers(Answer.json(200, "The moves and what they gain", RebalancePlan.class))
                        .handle(request -> Reply.json(200, plan(Listing.image(services.log(), request), now()))),
                Route.post("/v1/rebalance")
                        .id("rebalance")
                        .tag("hosts")
                        .summary("Moves sets to other hosts, as the plan of this moment says")
                        .needs(Role.OPERATOR)
                        .clusterWide()
                        .takes(Params.IDEMPOTENCY_KEY)
                        .answers(Answer.json(202, "The moves that were begun", RebalancePlan.class))
                        .handle(this::execute));
    }

    private Reply execute(Request request) throws InterruptedException {
        Instant now = now();
        RebalancePlan plan = plan(services.log().image(), now);
        Commits.commit(services, request, ResourceKey.CLUSTER, Rebalance.begin(plan, now));
        return Reply.json(202, plan);
    }

    private RebalancePlan plan(ClusterImage image, Instant now) {
        synchronized (fleet) {
            return Rebalance.plan(image, scheduler, fleet, MOVES_MAX, now);
        }
    }

    private Instant now() {
        return services.clock().instant();
    }
}
