package io.mosaic.proof.sim;

import io.mosaic.agent.desired.HostListener;
import io.mosaic.agent.link.HostSide;
import io.mosaic.agent.link.Outbox;
import io.mosaic.kit.tls.HostIdentity;
import io.mosaic.model.Event;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.SetReport;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An agent's link to the controllers: one session after another, as {@code LinkClient} and {@code LinkSession} hold them. */
final class AgentLink implements HostListener {
    private static final Duration HEARTBEAT = Duration.ofSeconds(2);
    private static final Duration WELCOME = Duration.ofSeconds(15);

    private final World world;
    private final Supplier<Faults> faults;
    private final List<SimController> controllers;
    private final HostIdentity identity;
    private final HostSide host;
    private final BooleanSupplier reaches;
    private final BooleanSupplier alive;
    private final Outbox outbox;
    /** Names this life of the agent; no host has two that begin at the same instant. */
    private final String process;

    private @Nullable Session session;
    private boolean welcomed;
    /** When the session's hello was sent, until its answer is taken over. */
    private @Nullable Long helloAt;
    /** When heartbeats were sent, by number. */
    private final TreeMap<Long, Long> beats = new TreeMap<>();

    private long number;
    private boolean flushDue;

    /**
     * @param reaches whether any controller can be reached
     * @param alive whether the agent still runs
     */
    AgentLink(
            World world,
            Supplier<Faults> faults,
            List<SimController> controllers,
            HostIdentity identity,
            HostSide host,
            BooleanSupplier reaches,
            BooleanSupplier alive) {
        this.world = world;
        this.faults = faults;
        this.controllers = controllers;
        this.identity = identity;
        this.host = host;
        this.reaches = reaches;
        this.alive = alive;
        this.outbox = new Outbox(world::nanos);
        this.process = "life-" + world.nanos();
    }

    /** Connects, soon, to some controller. */
    void start() {
        world.within(100, 1500, alive, this::connect);
    }

    /** The agent is dead. */
    void agentGone() {
        Session at = session;
        if (at != null) {
            at.agentGone();
        }
    }

    /** The network is gone. */
    void breakOff() {
        Session at = session;
        if (at != null) {
            at.breakOff();
        }
    }

    private void connect() {
        SimController.Life controller =
                controllers.get(world.pick(controllers.size())).life();
        if (controller == null || !reaches.getAsBoolean()) {
            start();
            return;
        }
        outbox.forgetReports();
        welcomed = false;
        Session opened = new Session(world, faults, controller, this, identity);
        session = opened;
        beats.clear();
        helloAt = host.moment();
        opened.say(new AgentMessage.Hello(
                world.nanos() / 1_000_000,
                host.inventory(),
                host.zone(),
                host.pool(),
                host.labels(),
                host.sets().stream()
                        .sorted(Comparator.comparing(SetReport::uid))
                        .toList(),
                process));
        world.after(WELCOME, alive, () -> {
            if (session == opened && !welcomed) {
                opened.breakOff();
            }
        });
    }

    /** That session is over, as the agent has learned. */
    void ended(Session which) {
        if (session == which) {
            session = null;
            if (alive.getAsBoolean()) {
                start();
            }
        }
    }

    /** The controller said that. */
    void heard(Session from, ControllerMessage message) {
        if (from != session || !alive.getAsBoolean()) {
            return;
        }
        switch (message) {
            case ControllerMessage.Welcome welcome -> {
                if (!welcomed) {
                    welcomed = true;
                    beat(from);
                    flushSoon();
                }
            }
            case ControllerMessage.Desired desired -> {
                host.desired(desired);
                Long sent = helloAt;
                if (sent != null) {
                    helloAt = null;
                    host.granted(sent);
                }
            }
            case ControllerMessage.Alive alive -> answered(from, alive.number());
            case ControllerMessage.Delta delta -> host.delta(delta);
            case ControllerMessage.Unknown unknown -> world.note(identity.host(), "was told something unknown");
            case ControllerMessage.Open open -> world.note(identity.host(), "asked for a stream");
        }
    }

    private void beat(Session at) {
        if (session == at && alive.getAsBoolean()) {
            flush();
            at.say(heartbeat());
            world.after(HEARTBEAT, alive, () -> beat(at));
        }
    }

    private AgentMessage.Heartbeat heartbeat() {
        if (!host.wantsAnswers()) {
            return new AgentMessage.Heartbeat(host.degraded());
        }
        beats.put(++number, host.moment());
        return new AgentMessage.Heartbeat(host.degraded(), number);
    }

    private void answered(Session from, long upTo) {
        Map.Entry<Long, Long> newest = beats.floorEntry(upTo);
        if (newest != null) {
            beats.headMap(upTo, true).clear();
            if (!host.continued(newest.getValue())) {
                from.breakOff();
            }
        }
    }

    /** What was put in is to be told at once, or after it waited a moment for more. */
    private void filled() {
        flushSoon();
        world.within(201, 230, alive, this::flush);
    }

    private void flushSoon() {
        if (!flushDue) {
            flushDue = true;
            world.within(0, 10, alive, () -> {
                flushDue = false;
                flush();
            });
        }
    }

    private void flush() {
        Session at = session;
        if (at == null || !welcomed) {
            return;
        }
        AgentMessage.Reports reports = outbox.poll();
        if (reports != null) {
            at.say(reports);
            flushSoon();
        }
    }

    @Override
    public void reported(SetReport report) {
        world.note(
                identity.host(),
                report.uid().toString().substring(0, 8) + " is " + report.state() + " at generation "
                        + report.generation());
        outbox.reported(report);
        filled();
    }

    @Override
    public void happened(Event event) {
        outbox.happened(event);
        filled();
    }
}
