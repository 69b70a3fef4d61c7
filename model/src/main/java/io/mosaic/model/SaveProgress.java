package io.mosaic.model;

/**
 * How far the saving or pushing of an image from a host is.
 *
 * @param step what goes on, a word: {@code committing}, {@code packing} (the daemon packs layers; bytes are those of their
 *     content), {@code sending} (new layers go to the repository; bytes are those that travel) or {@code finishing}
 * @param layers that the image has; 0: not known yet
 * @param layersDone how many of them need nothing more
 * @param bytes that the step is through with
 * @param bytesAll of those that are known to be there for it; grows
 */
public record SaveProgress(String step, int layers, int layersDone, long bytes, long bytesAll) {}
