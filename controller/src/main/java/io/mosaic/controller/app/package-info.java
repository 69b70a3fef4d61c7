/**
 * Apps: so many sets made from one template, kept as declared. {@code AppDecisions} and {@code RolloutDecisions} say what a
 * user's wish means; {@code AppReconcile} says, from the image and the time alone, what is to be done next: sets made and
 * removed, batches begun, judged and put back, failing instances repaired. Whatever it goes by is in the image (the app, its
 * rollout, the memberships of its sets), so a leader that dies between two commits is followed by one that goes on.
 */
@NullMarked
package io.mosaic.controller.app;

import org.jspecify.annotations.NullMarked;
