package io.mosaic.controller.api;

import io.mosaic.controller.agents.GrantService;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.controller.store.Journals;
import io.mosaic.controller.watch.EventFeed;
import io.mosaic.controller.watch.WatchHub;
import io.mosaic.kit.metrics.Metrics;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the routes work with.
 *
 * @param journals events and audit; resources come from the log's image
 * @param admission asked before each write of a resource
 * @param allowedCapabilities those beyond Docker's default that a set may ask for
 * @param authorityFingerprint SHA-256 of the cluster CA's certificate, hex, for join tokens
 * @param scaling what the scaling of apps needs
 * @param imageRepository URL of the image repository, absent when the cluster has none
 * @param grants rights to the image repository, for hosts; null: there is none
 * @param notReady why this controller should get no traffic, or null
 */
public record ApiServices(
        ClusterLog log,
        Journals journals,
        StreamOpener streams,
        WatchHub hub,
        EventFeed feed,
        Admission admission,
        Metrics metrics,
        InstantSource clock,
        SecureRandom random,
        String controller,
        String version,
        Set<String> allowedCapabilities,
        String authorityFingerprint,
        ScalingServices scaling,
        @Nullable String imageRepository,
        @Nullable GrantService grants,
        Supplier<@Nullable String> notReady) {}
