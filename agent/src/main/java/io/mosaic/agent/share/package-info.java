/**
 * Fetches blobs of images from other hosts as well as from the repository, and serves other hosts in turn. A blob travels in pieces, each
 * checked against a list that the repository signed, so it does not matter whom a piece comes from. {@link Picker} decides what to ask
 * of whom and is pure; the rest acts.
 */
@NullMarked
package io.mosaic.agent.share;

import org.jspecify.annotations.NullMarked;
