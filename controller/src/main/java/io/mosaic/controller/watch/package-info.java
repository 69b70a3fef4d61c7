/**
 * Tells watchers what changes, over server-sent events: in order, none missing, resumable from a revision. Each change is
 * written as JSON once, however many watch.
 */
@NullMarked
package io.mosaic.controller.watch;

import org.jspecify.annotations.NullMarked;
