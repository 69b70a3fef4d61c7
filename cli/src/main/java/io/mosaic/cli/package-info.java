/** {@code mos}, the command line: its entry, and what an exit code means. */
@NullMarked
package io.mosaic.cli;

import org.jspecify.annotations.NullMarked;
