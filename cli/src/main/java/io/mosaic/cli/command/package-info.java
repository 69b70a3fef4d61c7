/** The commands, one class each or one per noun. */
@NullMarked
package io.mosaic.cli.command;

import org.jspecify.annotations.NullMarked;
