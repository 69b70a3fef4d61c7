/**
 * Small real implementations of what the processes lean on, in memory: quick, many in one process, and made to fail on
 * purpose.
 */
@NullMarked
package io.mosaic.proof.fake;

import org.jspecify.annotations.NullMarked;
