package io.mosaic.controller.scale;

import io.mosaic.scale.Reading;

/** Answers of Prometheus servers. Thread-safe. */
@FunctionalInterface
public interface Queries {

    /** Nobody is asked. */
    Queries NONE = (url, query) -> new Reading.Missing("queries are not asked here");

    /**
     * What that server answered of late, without waiting: the first call only has it asked, in the background.
     *
     * @param url of the server
     */
    Reading ask(String url, String query);
}
