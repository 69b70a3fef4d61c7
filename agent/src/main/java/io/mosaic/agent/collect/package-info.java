/**
 * What the host's sets use: counters of the kernel, read every few seconds and turned into rates. Asks nobody, the daemon least
 * of all, and costs a few microseconds a container.
 */
@NullMarked
package io.mosaic.agent.collect;

import org.jspecify.annotations.NullMarked;
