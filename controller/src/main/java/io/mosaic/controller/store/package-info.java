/**
 * The change log and what keeps it: the only SQL of the project. {@code Store} is the small surface that a database must
 * serve (PostgreSQL, or memory for tests and simulation); {@code ClusterLog} turns decisions into committed changes and
 * keeps this controller's image at the head.
 */
@NullMarked
package io.mosaic.controller.store;

import org.jspecify.annotations.NullMarked;
