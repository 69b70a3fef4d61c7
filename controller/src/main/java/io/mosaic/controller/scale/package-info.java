/**
 * What the scaling of apps needs of the cluster: what each app's instances use, summed up from what agents told the
 * controllers, and what a leader leaves to the next. The policies themselves are in the module {@code scale}; the leader's loop
 * is in {@code lead}.
 */
@NullMarked
package io.mosaic.controller.scale;

import org.jspecify.annotations.NullMarked;
