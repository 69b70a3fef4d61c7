/**
 * The image repository's process: reads its configuration, wires the parts and stops them in order.
 */
@NullMarked
package io.mosaic.images;

import org.jspecify.annotations.NullMarked;
