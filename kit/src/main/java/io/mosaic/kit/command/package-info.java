/**
 * Runs other programs: argument arrays, never a shell; a deadline and a bound on what is captured, always. Exists so
 * that no other package starts a short-lived process by hand.
 */
@NullMarked
package io.mosaic.kit.command;

import org.jspecify.annotations.NullMarked;
