/** Tickets by which hosts fetch blobs from each other: what only the repository knows, namely who may read what and what each piece is. */
@NullMarked
package io.mosaic.images.share;

import org.jspecify.annotations.NullMarked;
