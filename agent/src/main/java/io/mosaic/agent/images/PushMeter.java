package io.mosaic.agent.images;

import io.mosaic.agent.docker.Docker;
import io.mosaic.model.SaveProgress;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Makes of what the daemon says and of what goes to the repository how far a push is, and tells it. Thread-safe. */
final class PushMeter implements Docker.PushWatch {

    private final Consumer<SaveProgress> told;
    private final Map<String, long[]> packed = new HashMap<>();
    private final Map<String, Boolean> done = new HashMap<>();
    private int layers;
    private long sent;
    private long toSend;
    private int sending;

    /** @param told must not block: it hears of every change */
    PushMeter(Consumer<SaveProgress> told) {
        this.told = told;
    }

    /** A step of which nobody says how far it is. */
    synchronized void step(String word) {
        told.accept(new SaveProgress(word, layers, finished(), 0, 0));
    }

    /** The image has so many layers. */
    synchronized void layers(int count) {
        layers = count;
    }

    @Override
    public synchronized void layer(String id, boolean ready, long bytes, long bytesAll) {
        done.merge(id, ready, Boolean::logicalOr);
        if (bytesAll > 0) {
            // What it packs may come to more than it said.
            packed.put(id, new long[] {Math.min(bytes, bytesAll), bytesAll});
        }
        tell();
    }

    /** A layer, or what describes the image, of so many bytes begins to go to the repository. */
    synchronized void begins(long bytes) {
        sending++;
        toSend += bytes;
        tell();
    }

    /** So many bytes more went there; less than 0 when they were in vain. */
    synchronized void sent(long bytes) {
        sent += bytes;
        tell();
    }

    /** What began has come to its end, good or bad. */
    synchronized void ends() {
        sending--;
        tell();
    }

    private int finished() {
        return (int)
                Math.min(layers, done.values().stream().filter(ready -> ready).count());
    }

    private void tell() {
        if (sending > 0) {
            told.accept(new SaveProgress("sending", layers, finished(), sent, toSend));
        } else {
            long bytes = packed.values().stream().mapToLong(each -> each[0]).sum();
            long all = packed.values().stream().mapToLong(each -> each[1]).sum();
            told.accept(new SaveProgress("packing", layers, finished(), bytes, all));
        }
    }
}
