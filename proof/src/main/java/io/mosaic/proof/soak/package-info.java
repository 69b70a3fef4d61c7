/**
 * Real hosts, controllers, databases and proxies under steady load while one part after the other is killed, frozen or cut off;
 * afterwards what callers were told is compared with what there is.
 */
@NullMarked
package io.mosaic.proof.soak;

import org.jspecify.annotations.NullMarked;
