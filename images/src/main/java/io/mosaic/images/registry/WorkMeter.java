package io.mosaic.images.registry;

import io.mosaic.model.Bytes;
import io.mosaic.model.ImageWork;
import org.jspecify.annotations.Nullable;

/** How far one piece of work has come, for others to look at. Thread-safe. */
final class WorkMeter implements AutoCloseable {

    private String step = "";
    private long blobs;
    private long blobsAll;
    private long bytes;
    private long bytesAll;
    private boolean underWay;

    /** Another part of the work begins; close it at the end of all. */
    synchronized void begin(String what, long toDo, long bytesToDo) {
        step = what;
        blobs = 0;
        bytes = 0;
        blobsAll = toDo;
        bytesAll = bytesToDo;
        underWay = true;
    }

    synchronized void done(long more, long moreBytes) {
        blobs += more;
        bytes += moreBytes;
    }

    @Override
    public synchronized void close() {
        underWay = false;
    }

    /** Null when nothing is under way. */
    synchronized ImageWork.@Nullable Work now() {
        return underWay ? new ImageWork.Work(step, blobs, blobsAll, new Bytes(bytes), new Bytes(bytesAll)) : null;
    }
}
