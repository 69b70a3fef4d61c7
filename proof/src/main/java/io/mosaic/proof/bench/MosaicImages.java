package io.mosaic.proof.bench;

import io.mosaic.model.GarbageRequest;
import io.mosaic.model.ImageTag;
import io.mosaic.model.Interval;
import io.mosaic.model.client.ClientSettings;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.proof.rig.ControllerRig;
import io.mosaic.proof.rig.ImagesRig;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/** Mosaic's repository, on the PostgreSQL of a controller. */
final class MosaicImages implements ImageSide {

    private final ImagesRig rig;
    private final String token;
    private final MosaicClient client;

    private MosaicImages(ImagesRig rig, String token, MosaicClient client) {
        this.rig = rig;
        this.token = token;
        this.client = client;
    }

    /** @param jvmOptions further ones of the repository's process */
    static MosaicImages start(BenchParts parts, List<String> jvmOptions) throws IOException, InterruptedException {
        ControllerRig controller = parts.add(ControllerRig.start("bench-images", List.of("-Xmx256m")));
        ImagesRig rig = parts.add(ImagesRig.start(controller, jvmOptions));
        String token = controller.adminToken();
        URI server = URI.create("http://127.0.0.1:" + rig.port());
        MosaicClient client = parts.add(new MosaicClient(ClientSettings.of(server, token, null)));
        return new MosaicImages(rig, token, client);
    }

    @Override
    public String name() {
        return "mosaic";
    }

    @Override
    public int port() {
        return rig.port();
    }

    @Override
    public String token() {
        return token;
    }

    @Override
    public Duration processorTime() throws IOException {
        return rig.processorTime();
    }

    @Override
    public void clear() {
        for (ImageTag tag : client.images().list(null, null)) {
            client.images().delete(tag.repository(), tag.digest());
        }
        client.images().collect(new GarbageRequest(Interval.ofSeconds(0), true, null));
    }
}
