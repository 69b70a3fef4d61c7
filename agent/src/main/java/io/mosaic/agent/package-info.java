/** The agent process: its configuration and how its parts are put together, by hand. */
@NullMarked
package io.mosaic.agent;

import org.jspecify.annotations.NullMarked;
