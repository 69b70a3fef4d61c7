package io.mosaic.model.link;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a side stream is for. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = StreamRequest.Logs.class, name = "logs"),
    @JsonSubTypes.Type(value = StreamRequest.Exec.class, name = "exec"),
    @JsonSubTypes.Type(value = StreamRequest.Memory.class, name = "memory"),
    @JsonSubTypes.Type(value = StreamRequest.Usage.class, name = "usage"),
    @JsonSubTypes.Type(value = StreamRequest.Save.class, name = "save"),
    @JsonSubTypes.Type(value = StreamRequest.Images.class, name = "images"),
    @JsonSubTypes.Type(value = StreamRequest.Prefetch.class, name = "prefetch"),
    @JsonSubTypes.Type(value = StreamRequest.Pin.class, name = "pin"),
    @JsonSubTypes.Type(value = StreamRequest.Push.class, name = "push"),
})
public sealed interface StreamRequest {

    /** The set whose container it is about. */
    UUID uid();

    /** The container's name in the set; never the infra container. */
    String container();

    /**
     * What a container wrote.
     *
     * @param follow whether to go on as it writes more
     * @param tail how many of the last lines to begin with; -1 is all
     * @param since nothing older than this
     * @param timestamps whether each line begins with its time
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Logs(
            UUID uid,
            String container,
            boolean follow,
            int tail,
            @Nullable Instant since,
            boolean timestamps) implements StreamRequest {}

    /** Asks how much memory a container uses: bytes, as a decimal number in one frame of output. */
    record Memory(UUID uid, String container) implements StreamRequest {}

    /**
     * Runs a command in a container.
     *
     * @param command argument array
     * @param stdin whether the caller sends input; without it the command sees end of file at once
     * @param tty whether it gets a terminal, of {@code columns} by {@code rows}
     * @param user as the container's {@code user} option, absent: the container's own
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Exec(
            UUID uid,
            String container,
            List<String> command,
            boolean stdin,
            boolean tty,
            int columns,
            int rows,
            @Nullable String user)
            implements StreamRequest {}

    /**
     * What the set uses, as measured last: one frame of output with a {@link io.mosaic.model.SetUsage} as JSON.
     *
     * @param container not looked at
     */
    record Usage(UUID uid, String container) implements StreamRequest {}

    /**
     * Saves a container as an image: one frame of output with a {@link io.mosaic.model.SavedImage} as JSON, when it is in the repository.
     *
     * @param url of the image repository
     * @param token that lets push there: a secret
     * @param repository to push to
     * @param from repository that the container's image is of: what that holds need not be sent
     * @param progress whether the caller knows {@link StreamControl.Progress}; absent: it does not
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Save(
            UUID uid,
            String container,
            String url,
            String token,
            String repository,
            String tag,
            String from,
            @Nullable Boolean progress)
            implements StreamRequest {

        /** Without the secret. */
        @Override
        public String toString() {
            return "Save[" + uid + ", " + container + ", " + repository + ":" + tag + "]";
        }
    }

    /** About the host's images, and no set's container. */
    sealed interface OfImages extends StreamRequest {

        /** No set's. */
        @Override
        default UUID uid() {
            return new UUID(0, 0);
        }

        @Override
        default String container() {
            return "";
        }
    }

    /** Which images the host has: a frame of output with a {@link io.mosaic.model.HostImage} as JSON for each. */
    record Images() implements OfImages {}

    /**
     * Fetches an image from the repository before a set needs it: frames of output, each with a {@link io.mosaic.model.PrefetchStep} as
     * JSON. The caller may send more grants, as JSON in frames of input, before the last one ends; when it goes, the fetch ends, and what
     * came so far is gone on with the next time.
     *
     * @param tenant for whose sets
     * @param image as a set of that tenant would name it
     * @param grant the right to fetch it: a secret
     * @param pin whether to keep it from then on
     */
    record Prefetch(String tenant, String image, LinkMethods.GrantAnswer grant, boolean pin) implements OfImages {

        /** Without the secret. */
        @Override
        public String toString() {
            return "Prefetch[" + tenant + ", " + image + "]";
        }
    }

    /**
     * Keeps an image that is there, or does so no more: one frame of output with a {@link io.mosaic.model.PinnedImage} as JSON.
     *
     * @param tenant for whose sets it was brought
     * @param image as a set of that tenant would name it
     * @param on false: it need be kept no more
     */
    record Pin(String tenant, String image, boolean on) implements OfImages {}

    /**
     * Pushes an image that the host's daemon has; it is about no set. One frame of output as for {@link Save}, after frames of
     * {@link StreamControl.Progress}.
     *
     * @param uid {@link #NO_SET}: an older agent looks at it before it refuses what it does not know
     * @param container likewise, empty
     * @param url of the image repository
     * @param token that lets push there: a secret
     * @param repository to push to
     * @param from repositories that may hold layers of it, the likeliest first: what they hold need not be sent
     * @param image name or id in the daemon
     * @param tenant for whom: an image that was brought for others only is not to be had
     * @param any whether it may be any image of the host, whoever brought it
     */
    record Push(
            UUID uid,
            String container,
            String url,
            String token,
            String repository,
            String tag,
            List<String> from,
            String image,
            String tenant,
            boolean any)
            implements StreamRequest {

        public static final UUID NO_SET = new UUID(0, 0);

        /** Each is asked for each layer that is new. */
        public static final int FROM_MAX = 8;

        /** Without the secret. */
        @Override
        public String toString() {
            return "Push[" + image + ", " + repository + ":" + tag + "]";
        }
    }

    /** Of a kind that only a newer version knows; refused, so that its caller hears why. */
    record Unknown(UUID uid, String container) implements StreamRequest {}
}
