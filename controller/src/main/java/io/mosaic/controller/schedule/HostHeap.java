package io.mosaic.controller.schedule;

import java.util.Arrays;

/**
 * Hosts of one zone by cost, the least on top, the first by name among equals. A binary heap that knows where each host
 * stands, so that one whose cost changed is moved in place.
 */
final class HostHeap {

    private final double[] cost;
    /** Place in the heap of each host of the fleet, -1 when it is not there. Shared by the heaps of all zones. */
    private final int[] place;

    private int[] heap = new int[16];
    private int size;

    /** @param cost of each host of the fleet; read, never written */
    HostHeap(double[] cost, int[] place) {
        this.cost = cost;
        this.place = place;
    }

    boolean empty() {
        return size == 0;
    }

    /** Index in the fleet of the best. */
    int top() {
        return heap[0];
    }

    /** Adds without order; {@link #order} must follow. */
    void append(int host) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        heap[size] = host;
        place[host] = size++;
    }

    void order() {
        for (int at = size / 2 - 1; at >= 0; at--) {
            down(at);
        }
    }

    /** Puts the host where its cost says, in or out; to be called whenever it changed. */
    void update(int host, boolean in) {
        int at = place[host];
        if (at < 0) {
            if (in) {
                append(host);
                up(size - 1);
            }
        } else if (in) {
            up(at);
            down(place[host]);
        } else {
            remove(at);
        }
    }

    private void remove(int at) {
        place[heap[at]] = -1;
        int last = heap[--size];
        if (at < size) {
            put(at, last);
            up(at);
            down(place[last]);
        }
    }

    private void up(int from) {
        int at = from;
        int host = heap[at];
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (!before(host, heap[parent])) {
                break;
            }
            put(at, heap[parent]);
            at = parent;
        }
        put(at, host);
    }

    private void down(int from) {
        int at = from;
        int host = heap[at];
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], host)) {
                break;
            }
            put(at, heap[child]);
            at = child;
        }
        put(at, host);
    }

    private void put(int at, int host) {
        heap[at] = host;
        place[host] = at;
    }

    private boolean before(int one, int other) {
        return cost[one] < cost[other] || (cost[one] == cost[other] && one < other);
    }
}
