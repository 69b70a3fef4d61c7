/** Which server a command speaks to, and as whom. */
@NullMarked
package io.mosaic.cli.connect;

import org.jspecify.annotations.NullMarked;
