/**
 * The Java client of the REST API: what the CLI, the tests and other programs call instead of writing HTTP themselves. It
 * is the one package of this module that does I/O.
 */
@NullMarked
package io.mosaic.model.client;

import org.jspecify.annotations.NullMarked;
