package io.mosaic.controller.api;

import io.mosaic.kit.http.CallObserver;
import io.mosaic.kit.http.OpenApi;
import io.mosaic.kit.http.Route;
import io.mosaic.kit.http.RouteTable;
import io.mosaic.kit.metrics.Metrics;
import java.util.ArrayList;
import java.util.List;

/** The whole route table. */
public final class Api {

    private Api() {}

    /** Every route of the API, its own OpenAPI document among them. */
    public static RouteTable routes(ApiServices services) {
        List<Route> routes = new ArrayList<>();
        OpenApiDocument document = new OpenApiDocument(services.version(), routes);
        routes.addAll(new SetRoutes(services).routes());
        routes.addAll(new AppRoutes(services).routes());
        routes.addAll(new ScalingRoutes(services).routes());
        routes.addAll(new StreamRoutes(services).routes());
        routes.addAll(new HostRoutes(services).routes());
        routes.addAll(new HostImageRoutes(services).routes());
        routes.addAll(new ImagePushRoutes(services).routes());
        routes.addAll(new RebalanceRoutes(services).routes());
        routes.addAll(new PoolRoutes(services).routes());
        routes.addAll(new TenantRoutes(services).routes());
        routes.addAll(new TokenRoutes(services).routes());
        routes.addAll(new JournalRoutes(services).routes());
        routes.addAll(new SystemRoutes(services, document::bytes).routes());
        return new RouteTable(routes);
    }

    /** Counts calls and keeps those that audit wants. */
    public static CallObserver observer(Metrics metrics, AuditLog audit) {
        return outcome -> {
            if (outcome.status() != 101) {
                metrics.call(outcome.route().operationId(), outcome.status(), outcome.took());
            }
            audit.finished(outcome);
        };
    }

    /** Written when it is first asked for: a start should not wait for it. */
    private static final class OpenApiDocument {
        private final String version;
        private final List<Route> routes;
        private byte[] written = new byte[0];

        OpenApiDocument(String version, List<Route> routes) {
            this.version = version;
            this.routes = routes;
        }

        synchronized byte[] bytes() {
            if (written.length == 0) {
                written = OpenApi.document("Mosaic", version, routes, ApiNotes.notes());
            }
            return written;
        }
    }
}
