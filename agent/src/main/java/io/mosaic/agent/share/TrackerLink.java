package io.mosaic.agent.share;

import io.mosaic.model.share.ShareAnswer;
import io.mosaic.model.share.ShareReport;
import java.io.IOException;

/** The way to the controller that knows who has what. Thread-safe. */
@FunctionalInterface
public interface TrackerLink {

    /** @throws IOException when no controller answers, or it refuses */
    ShareAnswer report(ShareReport report) throws IOException, InterruptedException;
}
