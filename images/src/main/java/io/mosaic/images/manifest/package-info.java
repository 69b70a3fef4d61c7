/**
 * What names and manifests say, without any store: the grammar of names and the references of a manifest. Pure.
 */
@NullMarked
package io.mosaic.images.manifest;

import org.jspecify.annotations.NullMarked;
