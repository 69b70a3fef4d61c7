/**
 * Brings images to the host: asks the controller for the right, the image repository for what the image is made of and the daemon
 * for what it has, and fetches only what is missing. Where content comes from is a {@link io.mosaic.agent.images.BlobSource}.
 */
@NullMarked
package io.mosaic.agent.images;

import org.jspecify.annotations.NullMarked;
