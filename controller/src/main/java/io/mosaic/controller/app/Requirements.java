package io.mosaic.controller.app;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppSpec;
import io.mosaic.model.ProblemException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** Whether the apps that an app requires are there, and do not wait for it in turn. */
final class Requirements {

    private Requirements() {}

    /** @throws ProblemException with the pointer of the app that is not there, or that would wait in a circle */
    static void check(ClusterImage head, String tenant, AppSpec spec) {
        for (int i = 0; i < spec.requires().size(); i++) {
            String required = spec.requires().get(i).appOrEmpty();
            String at = "/requires/" + i + "/app";
            AppResource app = head.app(tenant, required);
            if (app == null || app.deleting()) {
                throw ProblemException.field(at, "must be an app of the tenant", required);
            }
            if (leadsTo(head, app, spec.nameOrEmpty())) {
                throw ProblemException.field(at, "requires this app in turn: neither could ever grow", required);
            }
        }
    }

    private static boolean leadsTo(ClusterImage head, AppResource from, String name) {
        Set<String> seen = new HashSet<>();
        Deque<AppResource> open = new ArrayDeque<>();
        open.add(from);
        while (!open.isEmpty()) {
            AppResource app = open.remove();
            for (AppSpec.Requirement each : app.spec().requires()) {
                if (each.appOrEmpty().equals(name)) {
                    return true;
                }
                AppResource next = head.app(app.tenant(), each.appOrEmpty());
                if (next != null && seen.add(next.name())) {
                    open.add(next);
                }
            }
        }
        return false;
    }
}
