package io.mosaic.controller.store;

import io.mosaic.controller.host.HostLeases.Claimant;
import io.mosaic.controller.store.Store.Holds;
import io.mosaic.controller.store.Store.Member;
import io.mosaic.controller.store.Store.Shared;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Controllers and the hosts that they hold, for {@link MemoryStore}, under whose lock all calls come. */
final class MemoryMembers {

    private static final int REPLACED_MAX = 8;

    private record Beat(Instant seen, String controller, Claimant agent, List<String> replaced) {}

    private static final Claimant NOBODY = new Claimant("", 0);

    private record Announced(String name, String address, Instant at) {}

    private final Map<String, Beat> beats = new HashMap<>();
    private final Map<String, Announced> controllers = new HashMap<>();
    private final TreeMap<String, Said> shared = new TreeMap<>();
    private String authority = "";

    private record Said(String text, Instant at) {}

    List<Shared> share(String controller, String text, Duration forget, Instant now) {
        shared.put(controller, new Said(text, now));
        shared.values().removeIf(said -> said.at().isBefore(now.minus(forget)));
        List<Shared> all = new ArrayList<>();
        shared.forEach((id, said) -> all.add(new Shared(id, said.text(), Duration.between(said.at(), now))));
        return all;
    }

    Set<String> heartbeats(String controller, Map<String, Duration> ages, Instant now) {
        Set<String> lost = new HashSet<>();
        ages.forEach((host, age) -> {
            Beat before = beats.get(host);
            Instant seen = now.minus(age);
            if (before == null) {
                beats.put(host, new Beat(seen, controller, NOBODY, List.of()));
            } else if (before.controller().isEmpty() || before.controller().equals(controller)) {
                Instant newest = before.seen().isAfter(seen) ? before.seen() : seen;
                beats.put(host, new Beat(newest, controller, before.agent(), before.replaced()));
            } else {
                lost.add(host);
            }
        });
        return lost;
    }

    Set<String> claim(String controller, Map<String, Claimant> agents, Duration lease, Instant now) {
        Set<String> refused = new HashSet<>();
        agents.forEach((host, agent) -> {
            Beat before = beats.get(host);
            if (before != null
                    && (late(before.agent(), agent)
                            || (before.replaced().contains(agent.process())
                                    && before.seen().isAfter(now.minus(lease))))) {
                refused.add(host);
            } else {
                beats.put(host, new Beat(now, controller, agent, replaced(before, agent.process())));
            }
        });
        return refused;
    }

    /** Whether that agent has begun a later session already. */
    private static boolean late(Claimant known, Claimant agent) {
        return !agent.process().isEmpty()
                && agent.process().equals(known.process())
                && agent.session() < known.session();
    }

    Set<String> elsewhere(Holds holds) {
        Set<String> elsewhere = new HashSet<>();
        for (String host : holds.hosts()) {
            Beat beat = beats.get(host);
            if (beat != null
                    && !beat.controller().isEmpty()
                    && !beat.controller().equals(holds.controller())) {
                elsewhere.add(host);
            }
        }
        return elsewhere;
    }

    private static List<String> replaced(@Nullable Beat before, String agent) {
        if (before == null) {
            return List.of();
        }
        String was = before.agent().process();
        if (was.isEmpty() || was.equals(agent)) {
            return before.replaced();
        }
        List<String> replaced = new ArrayList<>(before.replaced());
        replaced.remove(agent);
        replaced.addFirst(was);
        return List.copyOf(replaced.subList(0, Math.min(REPLACED_MAX, replaced.size())));
    }

    Map<String, Duration> ages(Instant now) {
        Map<String, Duration> ages = new HashMap<>();
        beats.forEach((host, beat) -> ages.put(host, Duration.between(beat.seen(), now)));
        return ages;
    }

    void forget(Set<String> hosts) {
        beats.keySet().removeAll(hosts);
    }

    void announce(Member member, Duration forget, Instant now) {
        controllers.put(member.id(), new Announced(member.name(), member.address(), now));
        controllers.values().removeIf(each -> each.at().isBefore(now.minus(forget)));
    }

    List<Member> all(Instant now) {
        return controllers.keySet().stream()
                .map(id -> member(id, now))
                .sorted(Comparator.comparing(Member::name).thenComparing(Member::id))
                .toList();
    }

    @Nullable
    Member holder(String host, Instant now) {
        Beat beat = beats.get(host);
        return beat == null || !controllers.containsKey(beat.controller()) ? null : member(beat.controller(), now);
    }

    private Member member(String id, Instant now) {
        Announced announced = controllers.get(id);
        if (announced == null) {
            throw new IllegalArgumentException("no such controller: " + id);
        }
        return new Member(id, announced.name(), announced.address(), Duration.between(announced.at(), now));
    }

    String authority(String mine) {
        if (authority.isEmpty()) {
            authority = mine;
        }
        return authority;
    }
}
