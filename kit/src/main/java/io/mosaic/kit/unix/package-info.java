/**
 * HTTP/1.1 over a unix socket, for daemons that are spoken to that way. The JDK's own client does TCP only; what is
 * needed beyond it is a deadline that holds even when the daemon is stopped, and taking over a connection for a
 * terminal ({@code Upgrade: tcp}) with its write side closed on its own.
 */
@NullMarked
package io.mosaic.kit.unix;

import org.jspecify.annotations.NullMarked;
