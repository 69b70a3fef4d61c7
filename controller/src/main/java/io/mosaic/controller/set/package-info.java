/**
 * The life of a set: which state may follow which, and what each wish of a user and each report of an agent means for it.
 * Pure functions of the image at the head of the log, so that the same rule holds wherever a decision is made.
 */
@NullMarked
package io.mosaic.controller.set;

import org.jspecify.annotations.NullMarked;
