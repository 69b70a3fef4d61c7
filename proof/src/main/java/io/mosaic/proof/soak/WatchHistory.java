package io.mosaic.proof.soak;

import io.mosaic.model.Json;
import io.mosaic.model.SetResource;
import io.mosaic.model.client.WatchEvent;
import io.mosaic.proof.rig.LoggedChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a watch of all sets told, and whether that is what happened: every change once, in order, and what follows from all of
 * them is what a list has. Not thread-safe, but for {@link #position}.
 */
final class WatchHistory {

    private final String name;
    private final long from;
    private final List<WatchEvent<SetResource>> events = new ArrayList<>();
    private volatile long position;

    /** @param from the revision after which the watch began; no set was there then */
    WatchHistory(String name, long from) {
        this.name = name;
        this.from = from;
        this.position = from;
    }

    /** Takes an event in, and returns what is wrong with its revision, if anything. */
    List<String> take(WatchEvent<SetResource> event) {
        boolean bookmark = event.type() == WatchEvent.Type.BOOKMARK;
        long before = position;
        boolean goesBack = bookmark ? event.revision() < before : event.revision() <= before;
        position = event.revision();
        if (!bookmark) {
            events.add(event);
        }
        return goesBack ? List.of(name + " was told of revision " + event.revision() + " after " + before) : List.of();
    }

    /** The revision up to which everything was told. */
    long position() {
        return position;
    }

    /**
     * What differs from what the database has, and from a list.
     *
     * @param log all changes up to the list's revision
     */
    List<String> differences(List<LoggedChange> log, List<SetResource> listed, long revision) {
        List<String> truth = log.stream()
                .filter(change -> change.revision() > from
                        && change.body().path("kind").asString().equals("set"))
                .map(WatchHistory::line)
                .toList();
        List<String> told = events.stream()
                .filter(event -> event.revision() <= revision)
                .map(WatchHistory::line)
                .toList();
        List<String> found = new ArrayList<>();
        for (int i = 0; i < Math.max(truth.size(), told.size()) && found.isEmpty(); i++) {
            String was = i < truth.size() ? truth.get(i) : "nothing";
            String heard = i < told.size() ? told.get(i) : "nothing";
            if (!was.equals(heard)) {
                found.add(name + " was told, as its change " + i + ": " + heard + ", but it was: " + was);
            }
        }
        Map<String, SetResource> made = replayed(revision);
        Map<String, SetResource> there = new TreeMap<>();
        listed.forEach(set -> there.put(set.name(), set));
        if (!made.equals(there)) {
            found.add(name + " replays to " + made + ", but listed is " + there);
        }
        return found;
    }

    private Map<String, SetResource> replayed(long revision) {
        Map<String, SetResource> made = new TreeMap<>();
        for (WatchEvent<SetResource> event : events) {
            SetResource set = event.item();
            if (set == null || event.revision() > revision) {
                continue;
            }
            if (event.type() == WatchEvent.Type.DELETE) {
                made.remove(set.name());
            } else {
                made.put(set.name(), set);
            }
        }
        return made;
    }

    private static String line(LoggedChange change) {
        return line(
                change.revision(),
                change.deleted(),
                change.body().path("name").asString(),
                change.body().path("uid").asString(),
                change.body().toString());
    }

    private static String line(WatchEvent<SetResource> event) {
        SetResource set = event.item();
        return set == null
                ? "revision " + event.revision() + " without a set"
                : line(
                        event.revision(),
                        event.type() == WatchEvent.Type.DELETE,
                        set.name(),
                        set.uid().toString(),
                        Json.mapper().readTree(Json.write(set)).toString());
    }

    /** How a set was when it went is told by some and not by others; that it went counts. */
    private static String line(long revision, boolean deleted, String name, String uid, String body) {
        return revision + (deleted ? " deletes " : " puts ") + name + " " + uid + (deleted ? "" : " " + body);
    }
}
