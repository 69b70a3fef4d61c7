/**
 * What controller and agent say to each other over the host link: sealed records, written as JSON. Any message may be
 * lost, doubled or late, so each carries whole facts, never steps.
 */
@NullMarked
package io.mosaic.model.link;

import org.jspecify.annotations.NullMarked;
