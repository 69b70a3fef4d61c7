/**
 * Who may do what: Mosaic's tokens and roles, and the short-lived tokens that registry clients trade them for.
 */
@NullMarked
package io.mosaic.images.access;

import org.jspecify.annotations.NullMarked;
