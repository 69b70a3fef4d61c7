/**
 * The records that every process speaks in: what a user asks for ({@code *Spec}), what is so ({@code *Status}), and the
 * rules that tell good input from bad. Pure: nothing here does I/O, reads a clock or starts a thread.
 */
@NullMarked
package io.mosaic.model;

import org.jspecify.annotations.NullMarked;
