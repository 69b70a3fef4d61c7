/**
 * The Glance v2 image API: images of machines, and layers of containers as images with a parent, over the same store.
 */
@NullMarked
package io.mosaic.images.glance;

import org.jspecify.annotations.NullMarked;
