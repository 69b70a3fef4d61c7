/**
 * Images in the hands of a user: read from archives, made from a root or from layers, sent to a repository and fetched from it. No daemon
 * takes part but where one is named as the source.
 */
@NullMarked
package io.mosaic.cli.image;

import org.jspecify.annotations.NullMarked;
