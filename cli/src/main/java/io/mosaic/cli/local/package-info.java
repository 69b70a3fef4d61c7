/**
 * One installation on this machine: its files, its background processes (dockerd when there is none, controller, agent) and
 * the first set. What {@code quickstart}, {@code up} and {@code down} do. Everything may be repeated: each step looks first
 * whether it is done.
 */
@NullMarked
package io.mosaic.cli.local;

import org.jspecify.annotations.NullMarked;
