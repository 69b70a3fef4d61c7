package io.mosaic.proof.sim;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.mosaic.controller.agents.SteppedLinks;
import io.mosaic.kit.link.LinkMethodDescriptors;
import io.mosaic.kit.tls.HostIdentity;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * One connection of an agent to a controller. In each direction messages come in order, late, now and then twice; when it
 * breaks, what is under way is lost, and each end learns of it in its own time.
 */
final class Session {
    private final World world;
    private final Supplier<Faults> faults;
    private final SimController.Life controller;
    private final AgentLink agent;
    private final SteppedLinks.Link link;
    private long toAgentFrom;
    private long toControllerFrom;
    private boolean broken;
    private boolean endedHere;
    private boolean endedThere;

    Session(
            World world,
            Supplier<Faults> faults,
            SimController.Life controller,
            AgentLink agent,
            HostIdentity identity) {
        this.world = world;
        this.faults = faults;
        this.controller = controller;
        this.agent = agent;
        this.link = controller.links().open(new Call(), identity);
        controller.opened(this);
    }

    /** The agent says that. */
    void say(AgentMessage message) {
        int times = !(message instanceof AgentMessage.Hello)
                        && world.chance(faults.get().messages() / 4)
                ? 2
                : 1;
        for (int i = 0; i < times; i++) {
            toControllerFrom = arrival(toControllerFrom);
            at(toControllerFrom, () -> {
                if (!broken && !endedThere && controller.alive()) {
                    link.say(message);
                    controller.soon(0, 10);
                }
            });
        }
    }

    /** Lets the controller tell all that it has to. */
    void tell() {
        while (!endedThere && link.tellNext()) {
            // Each call tells one thing.
        }
    }

    /** The network between the two is gone. */
    void breakOff() {
        if (!broken) {
            broken = true;
            world.within(0, 8000, () -> true, this::agentLearns);
            world.within(0, 8000, () -> true, this::controllerLearns);
        }
    }

    void controllerGone() {
        broken = true;
        endedThere = true;
        world.within(1, 300, () -> true, this::agentLearns);
    }

    void agentGone() {
        broken = true;
        endedHere = true;
        world.within(1, 8000, () -> true, this::controllerLearns);
    }

    private void agentLearns() {
        if (!endedHere) {
            endedHere = true;
            agent.ended(this);
        }
    }

    private void controllerLearns() {
        if (!endedThere) {
            endedThere = true;
            controller.closed(this);
            if (controller.alive()) {
                link.broke();
            }
        }
    }

    private long arrival(long after) {
        boolean slow = world.chance(faults.get().messages());
        return Math.max(after, world.nanos() + world.millis(1, slow ? 1500 : 15).toNanos());
    }

    private void at(long nanos, Runnable what) {
        world.after(Duration.ofNanos(nanos - world.nanos()), () -> true, what);
    }

    /** The controller's end of it. */
    private final class Call extends ServerCall<Object, ControllerMessage> {
        @Override
        public void request(int messages) {
            // An agent of ours never has more under way than it may.
        }

        @Override
        public void sendHeaders(Metadata headers) {
            // They say nothing.
        }

        @Override
        public void sendMessage(ControllerMessage message) {
            int times = world.chance(faults.get().messages() / 4) ? 2 : 1;
            for (int i = 0; i < times; i++) {
                toAgentFrom = arrival(toAgentFrom);
                at(toAgentFrom, () -> {
                    if (!broken && !endedHere) {
                        agent.heard(Session.this, message);
                    }
                });
            }
        }

        @Override
        public void close(Status status, Metadata trailers) {
            if (!endedThere) {
                endedThere = true;
                controller.closed(Session.this);
                link.completed();
                toAgentFrom = arrival(toAgentFrom);
                at(toAgentFrom, Session.this::agentLearns);
            }
        }

        @Override
        public boolean isCancelled() {
            return broken;
        }

        @Override
        public MethodDescriptor<Object, ControllerMessage> getMethodDescriptor() {
            throw new UnsupportedOperationException(LinkMethodDescriptors.SESSION.getFullMethodName());
        }
    }
}
