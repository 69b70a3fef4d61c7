/**
 * PostgreSQL for a controller that has no database of its own: real binaries from the class path, run as an unprivileged
 * user on loopback, adopted from an earlier controller, watched and started again when it dies. Knows nothing of the log:
 * what it hands out is where to connect.
 */
@NullMarked
package io.mosaic.controller.store.embedded;

import org.jspecify.annotations.NullMarked;
