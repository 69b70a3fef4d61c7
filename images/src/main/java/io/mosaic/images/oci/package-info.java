/**
 * The distribution protocol of the Open Container Initiative, as docker, skopeo and others speak it.
 */
@NullMarked
package io.mosaic.images.oci;

import org.jspecify.annotations.NullMarked;
