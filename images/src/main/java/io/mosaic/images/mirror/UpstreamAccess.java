package io.mosaic.images.mirror;

import io.mosaic.images.mirror.UpstreamException.Kind;
import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What proves us to a mirrored registry: tokens of its service, one for each repository, or user and password. The password goes to
 * the registry itself, or to the token service that the registry names and nowhere that this one sends us. Thread-safe.
 */
final class UpstreamAccess {

    private static final int ANSWER_BYTES_MAX = 256 * 1024;
    private static final int TOKEN_CHARS_MAX = 64 * 1024;
    private static final int HELD_MAX = 1024;

    /** What a token is good for when its service does not say, by the specification of registries' tokens. */
    private static final long LIFE_SECONDS = 60;

    private static final long LIFE_SECONDS_MAX = 3600;

    private record Held(String authorization, long untilNanos) {}

    private final MirrorSettings settings;
    private final UpstreamHttp http;
    private final Map<String, Held> held = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Held> eldest) {
            return size() > HELD_MAX;
        }
    };

    UpstreamAccess(MirrorSettings settings, UpstreamHttp http) {
        this.settings = settings;
        this.http = http;
    }

    /** What was good for that repository and should still be; null when there is nothing. */
    @Nullable
    String known(String name) {
        synchronized (held) {
            Held found = held.get(name);
            if (found != null && System.nanoTime() - found.untilNanos >= 0) {
                held.remove(name);
                return null;
            }
            return found == null ? null : found.authorization;
        }
    }

    /**
     * Answers what the registry wants to see for pulls of that repository.
     *
     * @param at where it said so
     * @throws UpstreamException of kind REFUSED when we have nothing for it
     */
    String earn(String name, URI at, List<String> challenges) throws UpstreamException, InterruptedException {
        Challenge challenge = Challenge.of(challenges);
        if (challenge == null) {
            throw new UpstreamException(Kind.REFUSED, settings.prefix() + " refuses us and does not say what it wants");
        }
        Held earned = challenge.basic() ? basic() : token(name, at, challenge);
        synchronized (held) {
            held.remove(name);
            held.put(name, earned);
        }
        return earned.authorization;
    }

    private Held basic() throws UpstreamException {
        String password = password();
        if (password == null) {
            throw new UpstreamException(Kind.REFUSED, settings.prefix() + " wants a user and a password");
        }
        return new Held(password, System.nanoTime() + LIFE_SECONDS_MAX * 1_000_000_000);
    }

    private @Nullable String password() {
        MirrorSettings.Login login = settings.credentials();
        return login == null
                ? null
                : "Basic "
                        + Base64.getEncoder()
                                .encodeToString(
                                        (login.user() + ":" + login.password()).getBytes(StandardCharsets.UTF_8));
    }

    private Held token(String name, URI at, Challenge challenge) throws UpstreamException, InterruptedException {
        URI realm = http.destination(at, challenge.realm());
        String scope = challenge.scope() == null ? "repository:" + name + ":pull" : challenge.scope();
        String query = "scope=" + encoded(scope)
                + (challenge.service() == null ? "" : "&service=" + encoded(challenge.service()));
        URI uri = URI.create(realm.toString() + (realm.getRawQuery() == null ? "?" : "&") + query);
        HttpResponse<byte[]> response =
                http.once("GET", uri, Map.of(), password(), UpstreamHttp.small(ANSWER_BYTES_MAX));
        switch (response.statusCode()) {
            case 200 -> {}
            case 401, 403 ->
                throw new UpstreamException(
                        Kind.REFUSED, settings.prefix() + ": the token service does not let us pull " + name);
            case 429 ->
                throw new UpstreamException(Kind.BUSY, settings.prefix() + ": the token service is busy", 10, null);
            default ->
                throw new UpstreamException(
                        Kind.DOWN,
                        settings.prefix() + ": the token service answered with status " + response.statusCode());
        }
        return read(http.plain(response, ANSWER_BYTES_MAX));
    }

    private Held read(byte[] body) throws UpstreamException {
        JsonNode answer;
        try {
            answer = Json.read(body, JsonNode.class);
        } catch (ProblemException e) {
            throw new UpstreamException(
                    Kind.WRONG, settings.prefix() + ": the token service's answer is no JSON", 0, e);
        }
        String token = answer.path("token").asString(answer.path("access_token").asString(""));
        // It becomes a header: nothing that could be more than one.
        if (token.isEmpty()
                || token.length() > TOKEN_CHARS_MAX
                || !token.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new UpstreamException(Kind.WRONG, settings.prefix() + ": the token service's answer has no token");
        }
        long life = answer.path("expires_in").asLong(LIFE_SECONDS);
        // A little less, so that it is good when it arrives.
        long seconds = Math.clamp(life - life / 10, 1, LIFE_SECONDS_MAX);
        return new Held("Bearer " + token, System.nanoTime() + seconds * 1_000_000_000);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
