/**
 * Other registries, mirrored: what is asked for is fetched once, held against its digest and kept, and served also while the other
 * registry does not answer.
 */
@NullMarked
package io.mosaic.images.mirror;

import org.jspecify.annotations.NullMarked;
