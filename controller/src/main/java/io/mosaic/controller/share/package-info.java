/**
 * Which hosts have which pieces of which blobs, and who takes which piece from the image repository, so that hosts fetch blobs from each
 * other. In memory only and made of what hosts say again and again: a controller that starts anew knows it after a few
 * seconds, and one that knows nothing costs speed alone. Pure.
 */
@NullMarked
package io.mosaic.controller.share;

import org.jspecify.annotations.NullMarked;
