package io.mosaic.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The key that signs the tokens of registry clients, without its secret.
 *
 * @param id tells it from others
 * @param othersUntil when the last of the keys before it goes, and with it what that signed; absent: there is none
 */
public record ImageTokenKey(String id, @Nullable Instant othersUntil) {}
