package io.mosaic.model;

/**
 * How load calls are sent without a token.
 *
 * @param path to post to
 * @param secret key of the signature: HMAC-SHA256, in lower-case hex, over the timestamp, a full stop and the body
 * @param timestampHeader carries the time of the call, in seconds since 1970
 * @param signatureHeader carries {@code sha256=} and the signature
 */
public record AppWebhook(String path, String secret, String timestampHeader, String signatureHeader) {}
