package io.mosaic.agent;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.mosaic.agent.images.Grants;
import io.mosaic.agent.images.ImageException;
import io.mosaic.agent.link.LinkClient;
import io.mosaic.model.link.LinkMethods;
import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Rights to images, by the host's link. Thread-safe. */
final class LinkGrants implements Grants {
    private volatile @Nullable LinkClient link;

    /** From now on rights are asked for there. */
    void by(LinkClient client) {
        link = client;
    }

    @Override
    public LinkMethods.GrantAnswer ask(UUID set, String image) throws IOException, ImageException {
        LinkClient client = link;
        if (client == null) {
            throw new IOException("no controller is connected");
        }
        try {
            return client.grant(new LinkMethods.GrantRequest(set, image));
        } catch (StatusRuntimeException e) {
            Status status = e.getStatus();
            return switch (status.getCode()) {
                // A controller that knows of no grants knows of no repository.
                case UNIMPLEMENTED -> LinkMethods.GrantAnswer.none();
                case PERMISSION_DENIED, NOT_FOUND, INVALID_ARGUMENT, FAILED_PRECONDITION ->
                    throw new ImageException("image " + image + " is not to be had: " + status.getDescription(), e);
                default ->
                    throw new IOException(
                            "no controller answers: "
                                    + (status.getDescription() == null ? status.getCode() : status.getDescription()),
                            e);
            };
        }
    }
}
