/**
 * Benchmarks: how long things take on this machine, beside the same work done by hand or by a peer in the same run. Each
 * starts what it needs in directories of its own and ends with one line of {@code name=value}.
 */
@NullMarked
package io.mosaic.proof.bench;

import org.jspecify.annotations.NullMarked;
