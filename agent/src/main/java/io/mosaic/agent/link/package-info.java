/**
 * The host's end of the link: gets the host into the cluster, keeps one session with any of the controllers, and serves
 * logs and commands on side streams of the same connection. Knows nothing of how sets are kept; it hears and tells.
 */
@NullMarked
package io.mosaic.agent.link;

import org.jspecify.annotations.NullMarked;
