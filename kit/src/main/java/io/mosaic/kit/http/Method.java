package io.mosaic.kit.http;

/** The HTTP methods that routes are made for. HEAD and OPTIONS follow from them. */
public enum Method {
    GET,
    POST,
    PATCH,
    DELETE;

    /** Whether a call with it may change something. */
    public boolean mutates() {
        return this != GET;
    }
}
