package io.mosaic.agent.desired;

import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets a few through at once; of those who wait, the one with the lowest turn goes first, and of equals who came first.
 *
 * <p>With the order of the sets as turns, what was begun is finished before more is begun: of fifty sets asked for at once
 * the first run after the time of one, where a gate in order of arrival would start the first when the last is made.
 * Nobody starves, as each turn has but few steps to do and fails into a back-off.
 *
 * <p>Thread-safe.
 */
final class TurnGate {
    private final ReentrantLock lock = new ReentrantLock();
    private final PriorityQueue<Waiter> waiting = new PriorityQueue<>();
    private int free;
    private long arrivals;

    private static final class Waiter implements Comparable<Waiter> {
        private final long turn;
        private final long arrival;
        private final Condition admitted;
        private boolean in;

        Waiter(long turn, long arrival, Condition admitted) {
            this.turn = turn;
            this.arrival = arrival;
            this.admitted = admitted;
        }

        @Override
        public int compareTo(Waiter other) {
            return turn != other.turn ? Long.compare(turn, other.turn) : Long.compare(arrival, other.arrival);
        }
    }

    /** @param width how many may be within at once */
    TurnGate(int width) {
        this.free = width;
    }

    /** Waits to be let in; whoever returns from this must {@link #leave}. */
    void enter(long turn) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            Waiter waiter = new Waiter(turn, arrivals++, lock.newCondition());
            waiting.add(waiter);
            admit();
            try {
                while (!waiter.in) {
                    waiter.admitted.await();
                }
            } catch (InterruptedException e) {
                if (waiter.in) {
                    free++;
                    admit();
                } else {
                    waiting.remove(waiter);
                }
                throw e;
            }
        } finally {
            lock.unlock();
        }
    }

    void leave() {
        lock.lock();
        try {
            free++;
            admit();
        } finally {
            lock.unlock();
        }
    }

    private void admit() {
        for (; free > 0 && !waiting.isEmpty(); free--) {
            Waiter first = waiting.remove();
            first.in = true;
            first.admitted.signal();
        }
    }
}
