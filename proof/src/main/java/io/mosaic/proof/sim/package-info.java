/**
 * The platform in simulated time: several controllers, hosts, clients and watchers in one thread, from one seed, with faults
 * at every step, and a checker that looks after each. What happened can be had again by its seed.
 *
 * <p><b>Real</b>: the log's steps and group commits ({@code SteppedLog} has the same {@code LogSteps} as {@code StoreLog}), {@code
 * MemoryStore}, {@code ClusterImage}, all decisions, {@code Scheduler}, {@code PlacementDecision}, {@code LeaderWork}, {@code
 * HostLiveness}, the leases; of the link's controller side registry, sessions, heartbeats and report commits ({@code
 * SteppedLinks}); of the agent {@code Reconciler}, {@code SetWorker}, planner, {@code StepRunner}, {@code DaemonWatch}, the
 * desired state with its file, and the {@code Outbox} ({@code SteppedHost}).
 *
 * <p><b>Modelled here</b>, since the real code is threads and sockets: holding the leader's lease (as {@code Leader} does), the
 * agent's side of a session (as {@code LinkSession} does), the API's part of a write (key, decision, answer), a watcher's
 * stream (it reads {@code changesAfter} as {@code WatchHub} does), when a thread gets its turn, the network, and the database's
 * faults. A step of the agent takes effect at one moment; a call that got no answer may take effect later.
 *
 * <p><b>Not here</b>: gRPC, TLS, HTTP, SQL, real containers and volumes, exec and logs, limits changed behind our back. The
 * tests of {@code e2e} have those.
 */
@NullMarked
package io.mosaic.proof.sim;

import org.jspecify.annotations.NullMarked;
