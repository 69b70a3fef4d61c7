package io.mosaic.controller.api;

import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.Request;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.TenantResource;

/** For which tenant a call acts. */
final class Tenancy {

    private Tenancy() {}

    /**
     * The query's tenant, else the header's, else the token's only one, else {@code default}.
     *
     * @throws ProblemException of kind NOT_FOUND when the token may not act for it: whether it exists is not its business;
     *     INVALID when the token has several and none was named
     */
    static String of(Request request) {
        Caller caller = request.caller();
        String named = request.find(Params.TENANT);
        named = named == null ? request.find(Params.TENANT_HEADER) : named;
        String tenant = named;
        if (tenant == null) {
            tenant = caller.tenants().size() == 1 ? caller.tenants().getFirst() : TenantResource.DEFAULT;
        }
        if (!caller.mayActFor(tenant)) {
            if (named == null) {
                throw Params.TENANT.broken("is required: the token is for " + caller.tenants(), null);
            }
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no tenant named " + tenant);
        }
        request.notes().tenant(tenant);
        return tenant;
    }
}
