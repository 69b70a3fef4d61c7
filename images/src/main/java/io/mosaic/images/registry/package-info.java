/**
 * What is done with images, whatever protocol asks for it: uploads, pushes, pulls, collection of garbage, checks.
 */
@NullMarked
package io.mosaic.images.registry;

import org.jspecify.annotations.NullMarked;
