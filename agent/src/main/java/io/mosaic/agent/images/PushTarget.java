package io.mosaic.agent.images;

import io.mosaic.model.link.StreamRequest;
import java.util.List;

/**
 * Where an image is pushed to, and by what right.
 *
 * @param url of the image repository
 * @param token that lets push there: a secret
 * @param from repositories that may hold layers of the image, the likeliest first: what they hold need not be sent
 */
record PushTarget(String url, String token, String repository, String tag, List<String> from) {

    static PushTarget of(StreamRequest.Save save) {
        return new PushTarget(save.url(), save.token(), save.repository(), save.tag(), List.of(save.from()));
    }

    static PushTarget of(StreamRequest.Push push) {
        return new PushTarget(push.url(), push.token(), push.repository(), push.tag(), List.copyOf(push.from()));
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return repository + ":" + tag;
    }
}
