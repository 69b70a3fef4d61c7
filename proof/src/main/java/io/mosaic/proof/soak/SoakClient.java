package io.mosaic.proof.soak;

import io.mosaic.proof.rig.BusyBoxImage;
import io.mosaic.proof.rig.RawApi;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A user: makes, changes and deletes sets of its own through nginx, each call under an idempotency key of its own. A call that
 * got no answer is mostly repeated under its key until it gets one, as a careful user does; some are given up, and what they did is
 * not known. Of one thread.
 */
final class SoakClient {

    /** A call that takes longer has no answer: the controller may be frozen. */
    static final Duration PATIENCE = Duration.ofSeconds(8);

    /** How long a call is repeated. The parts that died come back within a fraction of it. */
    private static final Duration INSISTENCE = Duration.ofMinutes(2);

    private static final int SETS_MAX = 6;
    private static final int PAUSE_MIN_MILLIS = 300;
    private static final int PAUSE_MORE_MILLIS = 1500;
    private static final int REPEAT_MILLIS = 200;

    private final String id;
    private final RawApi api;
    private final Ledger ledger;
    private final Findings findings;
    private final Random random;
    private final List<String> mine = new ArrayList<>();
    private final Map<String, Integer> marks = new HashMap<>();
    private int sets;
    private int calls;
    private @Nullable Call last;
    private RawApi.@Nullable Answer lastAnswer;

    /** A call as it is repeated: the same bytes under the same key. */
    private record Call(
            String what,
            String method,
            String path,
            @Nullable String body,
            Map<String, String> headers) {}

    SoakClient(String id, RawApi api, Ledger ledger, Findings findings, Random random) {
        this.id = id;
        this.api = api.within(PATIENCE);
        this.ledger = ledger;
        this.findings = findings;
        this.random = random;
    }

    /** Calls until told that it is over. */
    void run(BooleanSupplier over) throws InterruptedException {
        while (!over.getAsBoolean()) {
            int dice = random.nextInt(100);
            if (mine.isEmpty() || (dice < 40 && mine.size() < SETS_MAX)) {
                create();
            } else if (dice < 70) {
                mark(any());
            } else if (dice < 90) {
                delete(any());
            } else {
                repeat();
            }
            Thread.sleep(PAUSE_MIN_MILLIS + random.nextInt(PAUSE_MORE_MILLIS));
        }
    }

    private String any() {
        return mine.get(random.nextInt(mine.size()));
    }

    private void create() throws InterruptedException {
        String name = id + "-" + sets++;
        boolean volume = random.nextInt(5) == 0;
        String body = """
                {"name": "%s", "resources": {"cpu": 0.05, "memory": "32Mi"}, "labels": {"mark": "0"},%s
                 "containers": [{"index": 1, "name": "main", "image": "%s", "options": {"command": ["sleep", "1000000"]}}]}
                """.formatted(
                name, volume ? "\"volume\": {\"size\": \"300Mi\", \"mount\": \"/data\"}," : "", BusyBoxImage.REFERENCE);
        RawApi.Answer answer = insist(call("create", "POST", "/v1/sets", body));
        if (answer == null) {
            ledger.maybeCreated(name, "0");
        } else if (answer.status() == 201) {
            ledger.created(name, answer.json().path("uid").asString(), "0");
            mine.add(name);
        }
    }

    private void mark(String name) throws InterruptedException {
        String mark = Integer.toString(marks.merge(name, 1, Integer::sum));
        String cpu = random.nextInt(3) == 0 ? ", \"resources\": {\"cpu\": 0.0" + (5 + random.nextInt(5)) + "}" : "";
        String body = "{\"labels\": {\"mark\": \"" + mark + "\"}" + cpu + "}";
        RawApi.Answer answer = insist(call("update", "PATCH", "/v1/sets/" + name, body));
        if (answer == null) {
            ledger.maybeMarked(name, mark);
            mine.remove(name);
        } else if (answer.status() == 200) {
            ledger.marked(name, mark);
        }
    }

    private void delete(String name) throws InterruptedException {
        RawApi.Answer answer = insist(call("delete", "DELETE", "/v1/sets/" + name, null));
        mine.remove(name);
        if (answer == null) {
            ledger.maybeDeleted(name);
        } else if (answer.status() / 100 == 2) {
            ledger.deleted(name);
        }
    }

    /** Sends the last call that was answered once more: it must get the same answer, and do nothing. */
    private void repeat() throws InterruptedException {
        Call call = last;
        RawApi.Answer first = lastAnswer;
        if (call == null || first == null) {
            return;
        }
        RawApi.Answer again = attempt(call, "repeat");
        if (again != null
                && again.status() / 100 != 5
                && (again.status() != first.status() || !again.text().equals(first.text()))) {
            findings.violated("a repeated " + call + " got another answer: first " + first.status() + " " + first.text()
                    + ", then " + again.status() + " " + again.text());
        }
    }

    private Call call(String what, String method, String path, @Nullable String body) {
        Map<String, String> headers = new HashMap<>();
        headers.put("Idempotency-Key", id + "-" + calls++);
        if (method.equals("PATCH")) {
            headers.put("Content-Type", "application/merge-patch+json");
        }
        return new Call(what, method, path, body, headers);
    }

    /** The answer, which is not that a part is away; null when it was given up. */
    private RawApi.@Nullable Answer insist(Call call) throws InterruptedException {
        long floor = ledger.acknowledged();
        boolean patient = random.nextInt(5) > 0;
        long end = System.nanoTime() + INSISTENCE.toNanos();
        while (true) {
            RawApi.Answer answer = attempt(call, call.what());
            if (answer != null && answer.status() / 100 == 2) {
                acknowledged(call, answer, floor);
                return answer;
            }
            if (answer != null && answer.status() / 100 != 5 && answer.status() != 429) {
                findings.violated(call + " was refused: " + answer.status() + " " + answer.text());
                return answer;
            }
            if (!patient || System.nanoTime() > end) {
                findings.count(call.what() + " given up");
                return null;
            }
            Thread.sleep(REPEAT_MILLIS);
        }
    }

    private void acknowledged(Call call, RawApi.Answer answer, long floor) {
        long revision = answer.json().path("revision").asLong();
        boolean replayed = answer.headers().firstValue("Idempotency-Replayed").isPresent();
        if (revision <= floor && !replayed) {
            findings.violated(call + " got revision " + revision + " after " + floor + " had been told");
        }
        ledger.acknowledged(revision);
        last = call;
        lastAnswer = answer;
    }

    /** Null when the connection broke or nothing came in time. */
    private RawApi.@Nullable Answer attempt(Call call, String what) throws InterruptedException {
        try {
            RawApi.Answer answer = api.call(call.method(), call.path(), call.body(), call.headers());
            findings.count(what + " " + answer.status());
            return answer;
        } catch (IOException e) {
            findings.count(what + " " + e.getClass().getSimpleName());
            return null;
        }
    }
}
