/** How a server's process starts, waits for what it needs, and stops. */
@NullMarked
package io.mosaic.kit.process;

import org.jspecify.annotations.NullMarked;
