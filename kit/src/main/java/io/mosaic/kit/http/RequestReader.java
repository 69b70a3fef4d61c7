package io.mosaic.kit.http;

import io.helidon.common.uri.UriQuery;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads what a call brings and holds it against its route: parameters, content type, size of the body. */
final class RequestReader {

    /** More query parameters than any route takes, even repeated. */
    private static final int QUERY_VALUES_MAX = 256;

    private static final int DEPTH_MAX = 32;

    private final HttpLimits limits;
    private final Deadlines deadlines;

    RequestReader(HttpLimits limits, Deadlines deadlines) {
        this.limits = limits;
        this.deadlines = deadlines;
    }

    /**
     * The values of the route's parameters, as given.
     *
     * @throws ProblemException naming every parameter that is unknown, given too often, or breaks its rule
     */
    Map<Parameter<?>, List<String>> parameters(
            Route route, Map<String, String> pathValues, UriQuery query, Headers headers) {
        Map<String, List<String>> given = query(query);
        Map<Parameter<?>, List<String>> values = new HashMap<>();
        List<Problem.FieldError> errors = new ArrayList<>();
        for (Parameter<?> parameter : route.parameters()) {
            List<String> raw = switch (parameter.place()) {
                case PATH -> List.of(pathValues.getOrDefault(parameter.name(), ""));
                case QUERY -> {
                    List<String> all = given.remove(parameter.name());
                    yield all == null ? List.of() : all;
                }
                case HEADER -> header(headers, parameter.name());
            };
            values.put(parameter, raw);
            if (raw.size() > parameter.timesMax()) {
                errors.addAll(parameter
                        .broken("may be given at most " + parameter.timesMax() + " times", null)
                        .problem()
                        .errors());
            }
            for (String each : raw) {
                if (parameter.read(each) == null) {
                    errors.addAll(parameter.broken(each).problem().errors());
                }
            }
        }
        for (String unknown : given.keySet()) {
            errors.add(new Problem.FieldError("?" + unknown, "unknown parameter; known here: " + known(route), null));
        }
        if (!errors.isEmpty()) {
            Problem.FieldError first = errors.getFirst();
            throw new ProblemException(Problem.Kind.INVALID.with(first.field() + ": " + first.rule(), errors));
        }
        return values;
    }

    private static List<String> header(Headers headers, String name) {
        HeaderName header = HeaderNames.create(name);
        return headers.contains(header) ? headers.get(header).allValues() : List.of();
    }

    private static String known(Route route) {
        List<String> names = route.parameters().stream()
                .filter(parameter -> parameter.place() == Parameter.Place.QUERY)
                .map(Parameter::name)
                .sorted()
                .toList();
        return names.isEmpty() ? "none" : String.join(", ", names);
    }

    static Map<String, List<String>> query(UriQuery query) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        String raw = query.rawValue();
        if (raw == null || raw.isEmpty()) {
            return values;
        }
        List<String> pairs = Arrays.asList(raw.split("&", QUERY_VALUES_MAX + 1));
        if (pairs.size() > QUERY_VALUES_MAX) {
            throw new ProblemException(
                    Problem.Kind.MALFORMED, "a query may have at most " + QUERY_VALUES_MAX + " values");
        }
        for (String pair : pairs) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals));
            String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
            values.computeIfAbsent(name, any -> new ArrayList<>()).add(value);
        }
        return values;
    }

    private static String decode(String raw) {
        try {
            return URLDecoder.decode(raw, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(Problem.Kind.MALFORMED, "the query is not percent-encoded UTF-8");
        }
    }

    /** @throws ProblemException of kind UNSUPPORTED_MEDIA when the route does not read that content type */
    static void checkContentType(Route.Body body, Headers headers) {
        String given = headers.contains(HeaderNames.CONTENT_TYPE)
                ? headers.get(HeaderNames.CONTENT_TYPE).get()
                : "";
        int end = given.indexOf(';');
        String plain = (end < 0 ? given : given.substring(0, end)).strip().toLowerCase(Locale.ROOT);
        if (!body.contentTypes().contains(plain)) {
            throw new ProblemException(
                    Problem.Kind.UNSUPPORTED_MEDIA,
                    "this takes " + String.join(" or ", body.contentTypes())
                            + (given.isEmpty() ? ", and no Content-Type was given" : ""));
        }
    }

    /**
     * Reads the whole body, never more than allowed.
     *
     * @throws ProblemException of kind TOO_LARGE when there is more, MALFORMED when it does not come in time
     */
    byte[] body(Headers headers, Supplier<InputStream> in) {
        OptionalLong length = headers.contentLength();
        if (length.isPresent() && length.getAsLong() > limits.bodyBytes()) {
            throw tooLarge();
        }
        byte[] body;
        try (Deadlines.Entry _ = deadlines.enter(limits.readTimeout())) {
            // Only asking for the stream tells a client that waits for it to send the body.
            InputStream stream = in.get();
            // A known length is what is read: asked for the most there may be, each call would allocate 16 KiB.
            body = stream.readNBytes((int) length.orElse(limits.bodyBytes()));
            if (stream.read() >= 0) {
                throw tooLarge();
            }
        } catch (IOException e) {
            throw new ProblemException(Problem.Kind.MALFORMED, "the body did not come whole");
        }
        return body;
    }

    private ProblemException tooLarge() {
        return new ProblemException(Problem.Kind.TOO_LARGE, "a body may have at most " + limits.bodyBytes() + " bytes");
    }

    /**
     * Counts brackets outside of texts, before any parser sees them.
     *
     * @throws ProblemException of kind MALFORMED when they are nested deeper than any record of ours
     */
    static void checkDepth(byte[] json) {
        int depth = 0;
        boolean text = false;
        for (int i = 0; i < json.length; i++) {
            switch (json[i]) {
                case '"' -> text = !text;
                case '\\' -> i += text ? 1 : 0;
                case '{', '[' -> depth += text ? 0 : 1;
                case '}', ']' -> depth -= text ? 0 : 1;
                default -> {}
            }
            if (depth > DEPTH_MAX) {
                throw new ProblemException(Problem.Kind.MALFORMED, "JSON: nested deeper than " + DEPTH_MAX + " levels");
            }
        }
    }

    /** The header's value, absent when it is not there. */
    static @Nullable String value(Headers headers, HeaderName name) {
        return headers.contains(name) ? headers.get(name).get() : null;
    }
}
