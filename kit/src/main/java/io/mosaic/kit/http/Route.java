package io.mosaic.kit.http;

import io.mosaic.model.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing that the API does: all that the server needs to answer it and all that the OpenAPI document says of it.
 *
 * @param template path, with {@code {name}} where a path parameter stands
 * @param operationId stable name of the operation, for generated clients, metrics and logs
 * @param tag groups routes in the document
 * @param role least role that may call it; absent: anybody, even without a token
 * @param clusterWide whether a token that is limited to some tenants may not call it
 * @param audited whether each call is kept in the audit log
 */
public record Route(
        Method method,
        String template,
        String operationId,
        String summary,
        String tag,
        @Nullable Role role,
        boolean clusterWide,
        boolean audited,
        List<Parameter<?>> parameters,
        @Nullable Body body,
        List<Answer> answers,
        Action action) {

    public Route {
        parameters = List.copyOf(parameters);
        answers = List.copyOf(answers);
    }

    /** What the route does. */
    public sealed interface Action {
        /** Answers with a reply. */
        @FunctionalInterface
        non-sealed interface Handle extends Action {
            Reply handle(Request request) throws Exception;
        }

        /**
         * Becomes a WebSocket. {@code open} checks all that can be checked before, so that a refusal is an ordinary
         * problem; it must have no effect, for it may run twice.
         */
        @FunctionalInterface
        non-sealed interface Open extends Action {
            SocketSession open(Request request) throws Exception;
        }
    }

    /**
     * The body that a route reads.
     *
     * @param type record that it is read as
     * @param mergePatch whether it is an RFC 7396 merge patch of that type
     * @param contentTypes those it may have
     */
    public record Body(Class<?> type, boolean mergePatch, List<String> contentTypes) {
        public static Body json(Class<?> type) {
            return new Body(type, false, List.of(Answer.JSON));
        }

        public static Body mergePatch(Class<?> type) {
            return new Body(type, true, List.of("application/merge-patch+json", Answer.JSON));
        }
    }

    public static Builder get(String template) {
        return new Builder(Method.GET, template);
    }

    public static Builder post(String template) {
        return new Builder(Method.POST, template);
    }

    public static Builder patch(String template) {
        return new Builder(Method.PATCH, template);
    }

    public static Builder delete(String template) {
        return new Builder(Method.DELETE, template);
    }

    /** Collects a route's facts. */
    public static final class Builder {
        private final Method method;
        private final String template;
        private String operationId = "";
        private String summary = "";
        private String tag = "system";
        private @Nullable Role role;
        private boolean clusterWide;
        private boolean audited;
        private final List<Parameter<?>> parameters = new ArrayList<>();
        private @Nullable Body body;
        private final List<Answer> answers = new ArrayList<>();

        private Builder(Method method, String template) {
            this.method = method;
            this.template = template;
            this.audited = method.mutates();
        }

        public Builder id(String id) {
            this.operationId = id;
            return this;
        }

        public Builder summary(String text) {
            this.summary = text;
            return this;
        }

        public Builder tag(String group) {
            this.tag = group;
            return this;
        }

        /** Least role; without it anybody may call. */
        public Builder needs(Role least) {
            this.role = least;
            return this;
        }

        /** Closed to tokens that are limited to some tenants. */
        public Builder clusterWide() {
            this.clusterWide = true;
            return this;
        }

        /** Kept in the audit log though the method changes nothing. */
        public Builder audited() {
            this.audited = true;
            return this;
        }

        public Builder takes(Parameter<?>... more) {
            parameters.addAll(Arrays.asList(more));
            return this;
        }

        public Builder reads(Body what) {
            this.body = what;
            return this;
        }

        public Builder answers(Answer... more) {
            answers.addAll(Arrays.asList(more));
            return this;
        }

        public Route handle(Action.Handle handler) {
            return build(handler);
        }

        public Route open(Action.Open opener) {
            return build(opener);
        }

        private Route build(Action action) {
            return new Route(
                    method,
                    template,
                    operationId,
                    summary,
                    tag,
                    role,
                    clusterWide,
                    audited,
                    parameters,
                    body,
                    answers,
                    action);
        }
    }
}
