/**
 * The REST API: every route, what it checks, and what it asks the log, the store and the hosts. No rule of a set or a host
 * lives here; those are decided under the log's lock, by the packages that own them.
 */
@NullMarked
package io.mosaic.controller.api;

import org.jspecify.annotations.NullMarked;
