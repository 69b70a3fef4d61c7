/**
 * What a failed test run ends with: a few lines that survive where only the end of a long output is kept. On the JDK
 * alone, so that it runs from its source when nothing is built.
 */
@NullMarked
package io.mosaic.proof.report;

import org.jspecify.annotations.NullMarked;
