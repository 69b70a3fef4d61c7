package io.mosaic.controller.api;

import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Holds containers to the Linux capabilities that the operator allows. */
final class Capabilities {

    private Capabilities() {}

    /**
     * Returns the spec, checked.
     *
     * @param at pointer of the spec in the body
     * @throws ProblemException naming every capability that is not allowed
     */
    static SetSpec require(SetSpec spec, String at, Set<String> allowed) {
        List<Problem.FieldError> errors = new ArrayList<>();
        for (int i = 0; i < spec.containers().size(); i++) {
            List<String> asked = spec.containers().get(i).options().capabilities();
            for (int j = 0; j < asked.size(); j++) {
                if (!allowed.contains(asked.get(j))) {
                    errors.add(new Problem.FieldError(
                            at + "/containers/" + i + "/options/capabilities/" + j,
                            "must be among allowedCapabilities of the controller's configuration",
                            asked.get(j)));
                }
            }
        }
        if (!errors.isEmpty()) {
            Problem.FieldError first = errors.getFirst();
            throw new ProblemException(Problem.Kind.INVALID.with(first.field() + ": " + first.rule(), errors));
        }
        return spec;
    }
}
