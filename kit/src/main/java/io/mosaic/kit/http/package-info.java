/**
 * The HTTP side of a process. One table of {@link io.mosaic.kit.http.Route}s says what there is; the server answers from
 * it and the OpenAPI document is written from it, so the two cannot differ.
 */
@NullMarked
package io.mosaic.kit.http;

import org.jspecify.annotations.NullMarked;
