package io.mosaic.proof.soak;

import io.mosaic.proof.rig.RawApi;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Reads through nginx all the time: lists that are to hold everything that was acknowledged when they were asked for. Of one
 * thread.
 */
final class SoakReader {

    private static final Duration PAUSE = Duration.ofMillis(100);

    private final RawApi api;
    private final Ledger ledger;
    private final Findings findings;

    SoakReader(RawApi api, Ledger ledger, Findings findings) {
        this.api = api.within(SoakClient.PATIENCE);
        this.ledger = ledger;
        this.findings = findings;
    }

    void run(BooleanSupplier over) throws InterruptedException {
        for (int n = 0; !over.getAsBoolean(); n++) {
            // Every other one takes what the controller has, and so never waits for another.
            long atLeast = n % 2 == 0 ? ledger.acknowledged() : 0;
            read(atLeast);
            Thread.sleep(PAUSE);
        }
    }

    private void read(long atLeast) throws InterruptedException {
        try {
            RawApi.Answer answer = api.get("/v1/sets?all=true" + (atLeast > 0 ? "&atLeast=" + atLeast : ""));
            if (answer.status() != 200) {
                findings.count("read failed " + answer.status());
                return;
            }
            findings.count("read 200");
            long revision = answer.json().path("revision").asLong();
            if (revision < atLeast) {
                findings.violated("a list of at least revision " + atLeast + " was of " + revision);
            }
        } catch (IOException e) {
            findings.count("read failed " + e.getClass().getSimpleName());
        }
    }
}
