/**
 * Routes for people and tools that look after images: lists, tags, garbage, checks, quotas.
 */
@NullMarked
package io.mosaic.images.api;

import org.jspecify.annotations.NullMarked;
