package io.mosaic.kit.http;

import static io.mosaic.kit.http.Schemas.map;

import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes the OpenAPI 3.1 document of a route table. */
public final class OpenApi {

    private static final String BEARER = "bearer";

    private final Schemas schemas;

    private OpenApi(Notes notes) {
        this.schemas = new Schemas(notes);
    }

    /** The document, JSON. */
    public static byte[] document(String title, String version, List<Route> routes, Notes notes) {
        return Json.bytes(new OpenApi(notes).write(title, version, routes));
    }

    private Map<String, Object> write(String title, String version, List<Route> routes) {
        // Inputs first: whether a record is sent or only answered decides how strict its schema is.
        for (Route route : routes) {
            if (route.body() != null) {
                schemas.input(route.body().type());
            }
        }
        Map<String, Map<String, Object>> paths = new TreeMap<>();
        for (Route route : routes) {
            paths.computeIfAbsent(route.template(), any -> new LinkedHashMap<>())
                    .put(route.method().name().toLowerCase(java.util.Locale.ROOT), operation(route));
        }
        Map<String, Object> components = new LinkedHashMap<>();
        Map<String, Object> responses = map("Problem", problemResponse());
        components.put("schemas", schemas.components());
        components.put("responses", responses);
        components.put(
                "securitySchemes",
                map(
                        BEARER,
                        map(
                                "type",
                                "http",
                                "scheme",
                                "bearer",
                                "description",
                                "A token as POST /v1/tokens answers it once.")));
        return map(
                "openapi",
                "3.1.0",
                "info",
                map(
                        "title",
                        title,
                        "version",
                        version,
                        "license",
                        map("name", "Apache-2.0", "identifier", "Apache-2.0")),
                "servers",
                List.of(map("url", "/")),
                "paths",
                paths,
                "components",
                components);
    }

    private Map<String, Object> operation(Route route) {
        Map<String, Object> operation = map("operationId", route.operationId(), "summary", route.summary());
        operation.put("tags", List.of(route.tag()));
        if (route.role() != null) {
            String limited = route.clusterWide() ? " by a token that is not limited to some tenants" : "";
            operation.put("description", "Needs the role " + route.role().word() + limited + ".");
            operation.put("security", List.of(map(BEARER, List.of())));
            operation.put("x-mosaic-role", route.role().word());
        } else {
            operation.put("security", List.of());
        }
        if (route.action() instanceof Route.Action.Open) {
            operation.put("x-mosaic-websocket", true);
        }
        if (!route.parameters().isEmpty()) {
            operation.put(
                    "parameters",
                    route.parameters().stream().map(Parameter::describe).toList());
        }
        Route.Body body = route.body();
        if (body != null) {
            Map<String, Object> content = new LinkedHashMap<>();
            for (String contentType : body.contentTypes()) {
                content.put(contentType, map("schema", bodySchema(body)));
            }
            operation.put("requestBody", map("required", true, "content", content));
        }
        operation.put("responses", responses(route));
        return operation;
    }

    /** In a patch nothing is required, and null removes, which the plain schema cannot say: point at it in words. */
    private Map<String, Object> bodySchema(Route.Body body) {
        Map<String, Object> schema = schemas.input(body.type());
        if (!body.mergePatch()) {
            return schema;
        }
        return map(
                "type",
                "object",
                "description",
                "RFC 7396 merge patch of " + body.type().getSimpleName()
                        + ": a field replaces, null removes, a list is replaced whole.",
                "x-mosaic-patch-of",
                schema);
    }

    private Map<String, Object> responses(Route route) {
        Map<String, Object> responses = new TreeMap<>();
        for (Answer answer : route.answers()) {
            Map<String, Object> response = map("description", answer.description());
            if (answer.type() != null) {
                Map<String, Object> schema =
                        answer.page() ? schemas.page(answer.type()) : schemas.reference(answer.type());
                content(responses, response, answer).put(answer.contentType(), map("schema", schema));
            } else if (!answer.contentType().isEmpty()) {
                content(responses, response, answer).put(answer.contentType(), map("schema", map("type", "string")));
            } else {
                responses.put(Integer.toString(answer.status()), response);
            }
        }
        for (Problem.Kind kind : problems(route)) {
            responses.putIfAbsent(Integer.toString(kind.status()), map("$ref", "#/components/responses/Problem"));
        }
        responses.put("default", map("$ref", "#/components/responses/Problem"));
        return responses;
    }

    /** The content of that status' response: a route may answer one status in several content types. */
    @SuppressWarnings("unchecked")
    private static Map<String, Object> content(
            Map<String, Object> responses, Map<String, Object> response, Answer answer) {
        Map<String, Object> there =
                (Map<String, Object>) responses.computeIfAbsent(Integer.toString(answer.status()), any -> response);
        return (Map<String, Object>) there.computeIfAbsent("content", any -> new LinkedHashMap<String, Object>());
    }

    /** The problems that follow from the route's own shape. */
    private static List<Problem.Kind> problems(Route route) {
        List<Problem.Kind> kinds = new ArrayList<>();
        if (route.role() != null) {
            kinds.addAll(List.of(Problem.Kind.UNAUTHENTICATED, Problem.Kind.FORBIDDEN, Problem.Kind.TOO_MANY));
        }
        if (route.parameters().stream().anyMatch(parameter -> parameter.place() == Parameter.Place.PATH)) {
            kinds.add(Problem.Kind.NOT_FOUND);
        }
        if (!route.parameters().isEmpty() || route.body() != null) {
            kinds.add(Problem.Kind.INVALID);
        }
        if (route.body() != null) {
            kinds.addAll(List.of(Problem.Kind.MALFORMED, Problem.Kind.TOO_LARGE, Problem.Kind.UNSUPPORTED_MEDIA));
        }
        if (route.parameters().stream().anyMatch(parameter -> parameter.name().equals("If-Match"))) {
            kinds.add(Problem.Kind.STALE);
        }
        if (route.method().mutates()) {
            kinds.addAll(List.of(Problem.Kind.CONFLICT, Problem.Kind.UNAVAILABLE));
        }
        return kinds;
    }

    private Map<String, Object> problemResponse() {
        return map(
                "description",
                "Refused: an RFC 9457 problem that names what is wrong.",
                "content",
                map("application/problem+json", map("schema", schemas.reference(Problem.class))));
    }
}
