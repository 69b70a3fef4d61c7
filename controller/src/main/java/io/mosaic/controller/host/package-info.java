/**
 * The life of a host: which state may follow which, how it joins, and what its agent, its silence and its operators
 * decide. Pure functions of the image at the head of the log.
 */
@NullMarked
package io.mosaic.controller.host;

import org.jspecify.annotations.NullMarked;
