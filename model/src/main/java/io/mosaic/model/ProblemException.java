package io.mosaic.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Carries a {@link Problem} to whoever answers the caller. Holds no stack trace: it reports input, not a fault. */
public final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    public ProblemException(Problem problem) {
        super(problem.detail() == null ? problem.title() : problem.detail(), null, false, false);
        this.problem = problem;
    }

    public ProblemException(Problem.Kind kind, String detail) {
        this(kind.with(detail));
    }

    /** One field at fault. */
    public static ProblemException field(String pointer, String rule, @Nullable String value) {
        return new ProblemException(Problem.Kind.INVALID.with(
                pointer + ": " + rule, List.of(new Problem.FieldError(pointer, rule, value))));
    }

    public Problem problem() {
        return problem;
    }

    /** Whether the problem is of this kind. */
    public boolean is(Problem.Kind kind) {
        return kind.type().equals(problem.type());
    }
}
