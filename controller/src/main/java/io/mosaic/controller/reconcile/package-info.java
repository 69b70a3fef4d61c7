/**
 * What must be done because of how things are, without anybody asking: pure functions from views (the image, the hosts'
 * leases) to actions.
 */
@NullMarked
package io.mosaic.controller.reconcile;

import org.jspecify.annotations.NullMarked;
