/** Volumes of sets: hard-capped, mounted once, shared by the set's containers. One driver per kind of storage. */
@NullMarked
package io.mosaic.agent.volume;

import org.jspecify.annotations.NullMarked;
