package io.mosaic.cli.local;

import java.util.ArrayList;
import java.util.List;

/**
 * What quickstart and up made on this machine beside the installation's own folders.
 *
 * @param dockerd whether it started the Docker daemon
 * @param user whether the system user {@code mosaic} was not there before
 * @param images that it made
 */
record Made(boolean dockerd, boolean user, List<String> images) {
    static final Made NOTHING = new Made(false, false, List.of());

    Made {
        images = images == null ? List.of() : List.copyOf(images);
    }

    Made withDockerd() {
        return new Made(true, user, images);
    }

    Made withUser() {
        return new Made(dockerd, true, images);
    }

    Made withImage(String image) {
        if (images.contains(image)) {
            return this;
        }
        List<String> more = new ArrayList<>(images);
        more.add(image);
        return new Made(dockerd, user, more);
    }
}
