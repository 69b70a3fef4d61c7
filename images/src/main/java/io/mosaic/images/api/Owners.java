package io.mosaic.images.api;

import io.mosaic.images.access.Gate;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.Parameter;
import io.mosaic.kit.http.Request;
import io.mosaic.model.Names;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Under whose name images are listed and counted: a tenant's, or the host of a registry that is mirrored. */
final class Owners {

    private static final int CHARS_MAX = 200;

    private Owners() {}

    static Parameter<String> parameter(Parameter.Place place, String description) {
        return Parameter.text(
                place,
                "tenant",
                description,
                "[a-z0-9]([a-z0-9.-]{0,198}[a-z0-9])?",
                CHARS_MAX,
                Names.RULE + "; or the host of a registry that is mirrored");
    }

    /**
     * The parameter's value, null when it was not given.
     *
     * @throws ProblemException of kind NOT_FOUND when the caller has no business with it
     */
    static @Nullable String find(Request request, Parameter<String> parameter, Gate gate) {
        String given = request.find(parameter);
        if (given == null) {
            return null;
        }
        boolean registry = Names.validRegistry(given);
        if (!registry && !Names.valid(given)) {
            throw parameter.broken(given);
        }
        Caller caller = request.caller();
        List<String> visible = gate.visible(caller);
        if (!visible.isEmpty() && !visible.contains(given)) {
            throw new ProblemException(
                    Problem.Kind.NOT_FOUND, (registry ? "no mirror of " : "no tenant named ") + given);
        }
        return given;
    }

    static String get(Request request, Parameter<String> parameter, Gate gate) {
        String given = find(request, parameter, gate);
        if (given == null) {
            throw parameter.broken("is required", null);
        }
        return given;
    }
}
