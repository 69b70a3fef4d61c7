package io.mosaic.images.glance;

import io.mosaic.images.access.Action;
import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.blob.ReadFailedException;
import io.mosaic.images.blob.StoreFullException;
import io.mosaic.images.catalog.GlanceCatalog;
import io.mosaic.images.catalog.GlanceImage;
import io.mosaic.images.catalog.GlanceImage.Content;
import io.mosaic.images.catalog.GlanceImage.Status;
import io.mosaic.images.catalog.Referral;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.images.oci.BlobReply;
import io.mosaic.images.oci.ByteRange;
import io.mosaic.images.registry.Registry;
import io.mosaic.images.registry.Uploads;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.StreamedRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The calls by which the content of images comes and goes. Thread-safe. */
final class DataCalls {

    private static final Logger LOG = LoggerFactory.getLogger(DataCalls.class);

    private static final String TYPE = "application/octet-stream";

    private final Registry registry;
    private final GlanceCatalog catalog;
    private final DockerImages docker;

    DataCalls(Registry registry, DockerImages docker) {
        this.registry = registry;
        this.catalog = registry.glance();
        this.docker = docker;
    }

    /** GET: all of it or a part; nothing while it has not come. */
    Reply get(GlanceImage image, StreamedRequest request) throws IOException {
        if (image.status() == Status.DEACTIVATED) {
            throw new GlanceError(403, "The requested image has been deactivated. Image data download is forbidden.");
        }
        Content content = image.content();
        if (content == null || image.status() != Status.ACTIVE) {
            return Reply.bytes(204, "", new byte[0]);
        }
        BlobContent open = registry.open(content.repository(), content.digest());
        if (open == null) {
            throw new GlanceError(
                    404,
                    "the content of image " + image.id()
                            + " is damaged: the same content uploaded as another image mends it");
        }
        ByteRange part = ByteRange.asked(request.header("Range"), open.size());
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Accept-Ranges", "bytes");
        if (part == null) {
            headers.put("Content-Length", Long.toString(open.size()));
            if (!content.checksum().isEmpty()) {
                headers.put("Content-MD5", content.checksum());
            }
            return new Reply.Stream(200, TYPE, BlobReply.body(open, new ByteRange(0, open.size())), headers);
        }
        if (part.length() <= 0) {
            long size = open.size();
            open.close();
            throw new GlanceError(416, "the image has " + size + " bytes", Map.of("Content-Range", "bytes */" + size));
        }
        headers.put("Content-Length", Long.toString(part.length()));
        headers.put("Content-Range", "bytes " + part.start() + "-" + part.last() + "/" + open.size());
        return new Reply.Stream(206, TYPE, BlobReply.body(open, part), headers);
    }

    /** PUT: the content comes, all of it in one call. When it does not, the image waits for it again. */
    Reply put(Caller caller, GlanceImage image, StreamedRequest request) throws IOException, Uploads.RefusedException {
        Access.requireOwn(caller, image, Action.PUSH);
        String type = request.header("Content-Type");
        if (type == null || !type.strip().toLowerCase(Locale.ROOT).startsWith(TYPE)) {
            throw new GlanceError(415, "the content must be of type " + TYPE);
        }
        if (image.about().diskFormat().isEmpty()
                || image.about().containerFormat().isEmpty()) {
            throw new GlanceError(400, "Properties disk_format, container_format must be set prior to saving data.");
        }
        requireWaiting(image);
        RepositoryName repository = ImageCalls.repository(image);
        UUID upload = registry.uploads().begin(repository);
        boolean done = false;
        try {
            if (!catalog.begin(image.id(), upload)) {
                throw new GlanceError(409, "Image " + image.id() + " is having its data uploaded already");
            }
            take(caller, image, upload, request);
            done = true;
        } catch (Referral.GoneException e) {
            throw new GlanceError(410, String.valueOf(e.getMessage()));
        } catch (ReadFailedException e) {
            LOG.debug("request {} broke off", request.id(), e);
            throw new GlanceError(400, "the body did not come whole");
        } catch (StoreFullException e) {
            LOG.warn("request {}: {}", request.id(), e.getMessage());
            throw new GlanceError(507, String.valueOf(e.getMessage()));
        } finally {
            if (!done) {
                abandon(image.id(), repository, upload);
            }
        }
        LOG.info("{} uploaded image {} of {}", caller.name(), image.id(), image.tenant());
        return Reply.bytes(204, "", new byte[0]);
    }

    private static void requireWaiting(GlanceImage image) {
        if (image.status() != Status.QUEUED) {
            throw new GlanceError(
                    409, "Image status transition from " + image.status().word() + " to saving is not allowed");
        }
    }

    private void take(Caller caller, GlanceImage image, UUID upload, StreamedRequest request)
            throws IOException, Uploads.RefusedException {
        if (!image.about().containerFormat().equals("docker")) {
            disk(image, upload, request);
            return;
        }
        if (!image.about().diskFormat().equals("raw")) {
            throw new GlanceError(400, "an image of container_format docker has disk_format raw");
        }
        Map<String, String> found = image.about().properties().containsKey(ImageJson.REPOSITORY)
                ? docker.image(caller, image, upload, request)
                : layer(caller, image, upload, request);
        catalog.ready(image.id(), upload, found);
    }

    private void disk(GlanceImage image, UUID upload, StreamedRequest request)
            throws IOException, Uploads.RefusedException {
        InputStream body = request.body();
        byte[] head = head(body);
        // A container of several files, or one that is compressed, is not looked into; nothing opens it as a disk.
        boolean bare = image.about().containerFormat().equals("bare");
        String format = image.about().diskFormat();
        if (bare) {
            DiskFormats.requireHead(format, head);
        }
        InputStream all = new SequenceInputStream(new ByteArrayInputStream(head), body);
        try (MeasuredInput measured = new MeasuredInput(all)) {
            registry.uploads()
                    .finish(
                            ImageCalls.repository(image),
                            upload,
                            piece(measured, request),
                            size -> catalog.has(
                                    image.id(),
                                    upload,
                                    new GlanceCatalog.Come(
                                            bare ? DiskFormats.virtualSize(format, head, measured.tail(), size) : null,
                                            measured.md5(),
                                            true)));
        }
    }

    private static byte[] head(InputStream body) throws IOException {
        try {
            return body.readNBytes(DiskFormats.HEAD_BYTES);
        } catch (IOException e) {
            throw new ReadFailedException(e);
        }
    }

    private static Uploads.Piece piece(InputStream body, StreamedRequest request) {
        return new Uploads.Piece(body, null, request.contentLength().orElse(-1));
    }

    private Map<String, String> layer(Caller caller, GlanceImage image, UUID upload, StreamedRequest request)
            throws IOException, Uploads.RefusedException {
        Digest below = docker.chainBelow(caller, image);
        try (MeasuredInput measured = new MeasuredInput(request.body())) {
            Uploads.Stored stored = registry.uploads()
                    .finish(
                            ImageCalls.repository(image),
                            upload,
                            piece(measured, request),
                            size -> catalog.has(
                                    image.id(), upload, new GlanceCatalog.Come(null, measured.md5(), false)));
            return docker.layer(ImageCalls.repository(image), stored.digest(), below);
        }
    }

    /** Nothing of it stays, and the image waits as before. */
    private void abandon(UUID image, RepositoryName repository, UUID upload) throws IOException {
        catalog.failed(image, upload);
        try {
            registry.uploads().abort(repository, upload);
        } catch (Uploads.RefusedException e) {
            LOG.debug("upload {} is gone already", upload, e);
        }
    }

    /**
     * Lets go of uploads that an earlier process did not end: their images wait for content again.
     *
     * @return how many
     */
    int recover() throws IOException {
        List<GlanceCatalog.Saving> left = catalog.saving();
        for (GlanceCatalog.Saving each : left) {
            abandon(each.image(), RepositoryName.ofGlance(each.tenant()), each.upload());
        }
        return left.size();
    }
}
