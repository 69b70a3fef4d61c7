/**
 * The change log and what keeps it: the only SQL of the project. How the parts fit together:
 *
 * <pre>{@code
 * EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, LOG::info);   // or the operator's own database
 * Store store = PostgresStore.open(postgres.config());                        // migrates the schema
 * StoreLog log = StoreLog.open(store, LogSettings.DEFAULT, Clock.systemUTC());
 * ...
 * log.close(); store.close(); postgres.close();                               // in this order
 * }</pre>
 *
 * <p>{@link ClusterLog} is what the rest of the controller sees. {@link StoreLog} is the one implementation: a single thread
 * commits the callers that wait, in groups ({@code GroupAttempt}), follows what other controllers commit, and shows the
 * outcome ({@code LogFeed}). {@link Store} is the small surface that a database must serve: {@link PostgresStore} for real,
 * {@link MemoryStore} for tests and simulation; one suite, {@code StoreContract}, runs over both. What is not in the log
 * (events, audit, the leader's lease, heartbeats) is read and written on the {@link Store} itself.
 *
 * <p>The rules that everything rests on: revisions are handed out under the head's row lock, so they have no gap and
 * become visible in order; a transaction carries a random group id, so that one whose COMMIT was not answered can be looked
 * up (under that lock too, when it has surely ended) before it is made again; nothing is shown or answered before it is
 * durable.
 */
@NullMarked
package io.mosaic.controller.store;

import org.jspecify.annotations.NullMarked;
