package io.mosaic.scale;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What the metrics wanted of late. Kept coarse, so that it is small whatever the window: what does not change is one span, and else of a
 * span only the least and the most count, and the more a span covers the later something is done, never the earlier. Soft: a leader that does not have it
 * begins anew, and waits for a whole window before it acts.
 *
 * @param spans the oldest first
 */
public record Recommendations(List<Span> spans) {

    /** Without a word for so long, what was before says nothing of now. */
    private static final Duration GAP = Duration.ofSeconds(45);

    private static final int SPANS = 48;

    public static final Recommendations NONE = new Recommendations(List.of());

    /** From then to then they wanted at least and at most so many. */
    public record Span(Instant from, Instant to, int least, int most) {}

    public Recommendations {
        spans = spans == null ? List.of() : List.copyOf(spans);
    }

    /** With what is wanted now. */
    Recommendations with(Instant now, int replicas, Duration longest) {
        Duration coarse = longest.dividedBy(SPANS);
        List<Span> kept = new ArrayList<>();
        for (Span span : spans) {
            // A clock that was set back must not leave what is still to come.
            boolean past = !span.to().isAfter(now);
            // One from before the window stays, so that it is seen to reach so far back.
            if (past && !span.to().isBefore(now.minus(longest).minus(GAP))) {
                kept.add(span);
            }
        }
        Span last = kept.isEmpty() ? null : kept.getLast();
        boolean joins = last != null
                && !last.to().isBefore(now.minus(GAP))
                && (!last.from().isBefore(now.minus(coarse)) || (last.least() == replicas && last.most() == replicas));
        if (joins && last != null) {
            kept.set(
                    kept.size() - 1,
                    new Span(last.from(), now, Math.min(last.least(), replicas), Math.max(last.most(), replicas)));
        } else {
            kept.add(new Span(now, now, replicas, replicas));
        }
        return new Recommendations(kept);
    }

    /** For how long, up to now, they were heard without a gap. */
    Duration covered(Instant now) {
        Instant from = now;
        for (int i = spans.size() - 1; i >= 0; i--) {
            Span span = spans.get(i);
            if (span.to().isBefore(from.minus(GAP))) {
                break;
            }
            from = span.from().isBefore(from) ? span.from() : from;
        }
        return Duration.between(from, now);
    }

    /** The most that was wanted within that time. */
    int most(Instant now, Duration within) {
        return recent(now, within).stream().mapToInt(Span::most).max().orElse(0);
    }

    /** The least that was wanted within that time. */
    int least(Instant now, Duration within) {
        return recent(now, within).stream().mapToInt(Span::least).min().orElse(0);
    }

    private List<Span> recent(Instant now, Duration within) {
        Instant from = now.minus(within);
        return spans.stream().filter(span -> !span.to().isBefore(from)).toList();
    }
}
