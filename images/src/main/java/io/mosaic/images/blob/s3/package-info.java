/**
 * The content store in a bucket of any S3 endpoint, with what of the protocol that needs: signed calls that are bounded in time,
 * retried and checked.
 */
@NullMarked
package io.mosaic.images.blob.s3;

import org.jspecify.annotations.NullMarked;
