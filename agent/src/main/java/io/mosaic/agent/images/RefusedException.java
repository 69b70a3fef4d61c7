package io.mosaic.agent.images;

import io.mosaic.model.Problem;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The image repository does not take what is pushed. */
public final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Problem.@Nullable Kind kind;

    /** @param problem type of the problem, as the repository's answer names it; empty when it names none */
    RefusedException(String problem, String message) {
        super(message);
        this.kind = Arrays.stream(Problem.Kind.values())
                .filter(each -> each.type().equals(problem))
                .findFirst()
                .orElse(null);
    }

    /** What kind of problem the repository says it is; null: it does not say. */
    public Problem.@Nullable Kind kind() {
        return kind;
    }
}
