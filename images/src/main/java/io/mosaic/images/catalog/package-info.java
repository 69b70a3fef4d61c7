/**
 * What the repository knows of its content: repositories, tags, manifests, which repository holds which blob, quotas. The\n * only SQL of this module.
 */
@NullMarked
package io.mosaic.images.catalog;

import org.jspecify.annotations.NullMarked;
