/**
 * The loop that makes the host what the controller wants: it holds the desired state, compares it with what the daemon
 * says, and acts on the difference. The only package that composes the drivers. {@code SetPlanner} and the records it
 * reads are pure; {@code SetWorker} runs one set; {@code Reconciler} runs the host.
 */
@NullMarked
package io.mosaic.agent.desired;

import org.jspecify.annotations.NullMarked;
