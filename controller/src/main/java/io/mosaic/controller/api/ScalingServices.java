package io.mosaic.controller.api;

import io.mosaic.controller.scale.SharedUse;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What the routes of scaling work with.
 *
 * @param use what apps' instances use
 * @param secrets gives the secret of a purpose: the same in every controller of the cluster, and not to be told from that of
 *     another purpose
 * @param prometheus addresses of the Prometheus servers that an app may have asked, as {@code https://host:port}
 */
public record ScalingServices(SharedUse use, UnaryOperator<String> secrets, Set<String> prometheus) {}
