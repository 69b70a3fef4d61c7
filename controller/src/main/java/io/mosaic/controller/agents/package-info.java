/**
 * The host link's server side: agents join, hold a session on which desired state goes down and reports come up, and open
 * side streams for logs and exec when asked. What reports mean is decided in {@code set} and {@code host}; here they only
 * become commits.
 *
 * <p>Wiring: {@code HostLinks.start(settings, log, authority, hostLeases, clock)} listens at once; {@code streams()} is for
 * the API; {@code close()} ends all sessions. Nobody else talks to hosts.
 */
@NullMarked
package io.mosaic.controller.agents;

import org.jspecify.annotations.NullMarked;
