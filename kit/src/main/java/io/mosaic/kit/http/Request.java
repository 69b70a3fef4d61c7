package io.mosaic.kit.http;

import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One call, after its parameters were checked. Not thread-safe but for what a handler hands on.
 */
public final class Request {

    private final Route route;
    private final String id;
    private final String path;
    private final @Nullable Caller caller;
    private final Map<Parameter<?>, List<String>> values;
    private final byte[] body;
    private final Notes notes;

    Request(
            Route route,
            String id,
            String path,
            @Nullable Caller caller,
            Map<Parameter<?>, List<String>> values,
            byte[] body,
            Notes notes) {
        this.route = route;
        this.id = id;
        this.path = path;
        this.caller = caller;
        this.values = values;
        this.body = body;
        this.notes = notes;
    }

    public Route route() {
        return route;
    }

    /** Names this call in the log and in the answer's {@code X-Request-Id}. */
    public String id() {
        return id;
    }

    /** The path as it was called, without the query. */
    public String path() {
        return path;
    }

    /** Who calls. Only for routes that need a role. */
    public Caller caller() {
        if (caller == null) {
            throw new IllegalStateException(route.operationId() + " needs no role, so nobody knows who calls");
        }
        return caller;
    }

    /** The parameter's value, its default, or null when it has neither. */
    public <T> @Nullable T find(Parameter<T> parameter) {
        List<String> given = given(parameter);
        return given.isEmpty() ? parameter.fallback() : parameter.require(given.getFirst());
    }

    /**
     * The parameter's value or its default.
     *
     * @throws ProblemException when it has neither
     */
    public <T> T get(Parameter<T> parameter) {
        T value = find(parameter);
        if (value == null) {
            throw parameter.broken("is required", null);
        }
        return value;
    }

    /** All values of a repeated parameter, in order. */
    public <T> List<T> all(Parameter<T> parameter) {
        List<T> all = new ArrayList<>();
        for (String raw : given(parameter)) {
            all.add(parameter.require(raw));
        }
        return all;
    }

    private List<String> given(Parameter<?> parameter) {
        List<String> given = values.get(parameter);
        if (given == null) {
            throw new IllegalStateException(route.operationId() + " does not declare " + parameter.name());
        }
        return given;
    }

    /** The body as it came, empty when there was none. */
    public byte[] body() {
        return body;
    }

    /** @throws ProblemException naming field and rule when the body is no such record */
    public <T> T body(Class<T> type) {
        T read = Json.read(body, type);
        if (read == null) {
            throw ProblemException.field("", "must not be null", null);
        }
        return read;
    }

    /** What the handler wants told of this call in audit. */
    public Notes notes() {
        return notes;
    }

    /** What a handler learns that nobody else can tell of a call. */
    public static final class Notes {
        private volatile @Nullable String tenant;
        private volatile @Nullable Long revision;
        private volatile @Nullable String detail;
        private volatile @Nullable Integer status;

        Notes() {}

        /** What came of a stream in the end, whose answer had to begin before that was known. */
        public void status(int ended) {
            status = ended;
        }

        public void tenant(String acted) {
            tenant = acted;
        }

        public void revision(long made) {
            revision = made;
        }

        public void detail(String told) {
            detail = told;
        }

        @Nullable
        Integer status() {
            return status;
        }

        public @Nullable String tenant() {
            return tenant;
        }

        public @Nullable Long revision() {
            return revision;
        }

        public @Nullable String detail() {
            return detail;
        }
    }
}
