/**
 * What hosts, controllers and the image repository say to each other so that hosts fetch blobs from each other: how a blob is cut into
 * pieces, who has which, and who is to take which from the repository.
 */
@NullMarked
package io.mosaic.model.share;

import org.jspecify.annotations.NullMarked;
