package io.mosaic.agent;

import io.mosaic.agent.docker.DockerException;
import io.mosaic.agent.images.GrantHolder;
import io.mosaic.agent.images.ImageException;
import io.mosaic.agent.images.ImageStock;
import io.mosaic.agent.images.RepositoryImages;
import io.mosaic.agent.link.ImageStreams;
import io.mosaic.model.HostImage;
import io.mosaic.model.Names;
import io.mosaic.model.PinnedImage;
import io.mosaic.model.PrefetchedImage;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.link.StreamRequest;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The host's images as side streams ask for them. Thread-safe. */
final class ImagesForStreams implements ImageStreams {

    private static final Logger LOG = LoggerFactory.getLogger(ImagesForStreams.class);

    private final RepositoryImages images;
    private final ImageStock stock;

    ImagesForStreams(RepositoryImages images, ImageStock stock) {
        this.images = images;
        this.stock = stock;
    }

    @Override
    public List<HostImage> list() throws DockerException {
        return stock.list();
    }

    @Override
    public Fetch prefetch(StreamRequest.Prefetch request) {
        LinkMethods.GrantAnswer grant = request.grant();
        if (grant == null) {
            throw new ProblemException(Problem.Kind.INVALID, "a right to fetch is required");
        }
        String tenant = tenant(request.tenant());
        String image = image(request.image());
        GrantHolder right = GrantHolder.given(grant);
        return new Fetch() {
            @Override
            public PrefetchedImage run(Consumer<String> told) throws DockerException, InterruptedException {
                try {
                    return images.prefetch(tenant, image, right, request.pin(), told);
                } catch (ImageException e) {
                    throw new ProblemException(Problem.Kind.CONFLICT, String.valueOf(e.getMessage()));
                } catch (IOException e) {
                    LOG.info("image {} is not to be had of the repository", image, e);
                    throw new ProblemException(
                            Problem.Kind.UNAVAILABLE, "image " + image + " cannot be fetched: " + e.getMessage());
                }
            }

            @Override
            public void renew(LinkMethods.GrantAnswer next) {
                right.renew(next);
            }
        };
    }

    @Override
    public PinnedImage pin(StreamRequest.Pin request) throws DockerException {
        try {
            return images.pin(tenant(request.tenant()), image(request.image()), request.on());
        } catch (ImageException e) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, String.valueOf(e.getMessage()));
        }
    }

    private static String tenant(@Nullable String name) {
        return Names.require("/tenant", name == null ? "" : name);
    }

    private static String image(@Nullable String name) {
        if (name == null || !Names.validImage(name)) {
            throw ProblemException.field("/image", "must be an image's name", name);
        }
        return name;
    }
}
