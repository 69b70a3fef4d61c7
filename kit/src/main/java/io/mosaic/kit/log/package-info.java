/** How every process logs: to standard output, one line a fact, whichever logging API the code that speaks uses. */
@NullMarked
package io.mosaic.kit.log;

import org.jspecify.annotations.NullMarked;
