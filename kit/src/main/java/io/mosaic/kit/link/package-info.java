/**
 * The host link's calls as gRPC knows them: the same descriptors on both ends. Messages are the model's records as JSON,
 * so there is no second schema to keep and no code to generate.
 */
@NullMarked
package io.mosaic.kit.link;

import org.jspecify.annotations.NullMarked;
