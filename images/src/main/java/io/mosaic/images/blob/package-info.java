/**
 * Content by its digest: written under a name nobody sees, hashed while it streams, made durable, and then there whole or not\n * at all.
 */
@NullMarked
package io.mosaic.images.blob;

import org.jspecify.annotations.NullMarked;
