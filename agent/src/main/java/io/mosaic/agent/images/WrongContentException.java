package io.mosaic.agent.images;

import java.io.IOException;

/** What came is not what its name says. Nothing of it is kept. */
public final class WrongContentException extends IOException {
    private static final long serialVersionUID = 1L;

    public WrongContentException(String message) {
        super(message);
    }
}
