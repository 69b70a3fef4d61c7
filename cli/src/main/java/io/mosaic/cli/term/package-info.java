/** What people see: tables, progress, colours, raw terminals. Knows nothing of the commands. */
@NullMarked
package io.mosaic.cli.term;

import org.jspecify.annotations.NullMarked;
