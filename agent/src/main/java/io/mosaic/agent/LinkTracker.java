package io.mosaic.agent;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.mosaic.agent.link.LinkClient;
import io.mosaic.agent.share.TrackerLink;
import io.mosaic.model.share.ShareAnswer;
import io.mosaic.model.share.ShareReport;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The tracker of the controller that this host is linked to. Thread-safe. */
final class LinkTracker implements TrackerLink {
    private volatile @Nullable LinkClient link;

    /** From now on reports go there. */
    void by(LinkClient client) {
        link = client;
    }

    @Override
    public ShareAnswer report(ShareReport report) throws IOException {
        LinkClient client = link;
        if (client == null) {
            throw new IOException("no controller is connected");
        }
        try {
            return client.share(report);
        } catch (StatusRuntimeException e) {
            Status status = e.getStatus();
            throw new IOException(
                    "no controller brings hosts together: "
                            + (status.getDescription() == null ? status.getCode() : status.getDescription()),
                    e);
        }
    }
}
