/**
 * Who may do what: API tokens, tenants, and what the first start makes. What is decided about tokens and tenants is pure;
 * a secret is made outside, and only its hash comes in.
 */
@NullMarked
package io.mosaic.controller.auth;

import org.jspecify.annotations.NullMarked;
