/**
 * Who is who on the wire: the cluster's own certificate authority, the certificates it gives to controllers and hosts,
 * and the trust in it. Only the JDK's providers are used; BouncyCastle builds the structures that the JDK cannot.
 */
@NullMarked
package io.mosaic.kit.tls;

import org.jspecify.annotations.NullMarked;
