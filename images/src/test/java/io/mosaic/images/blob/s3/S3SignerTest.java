package io.mosaic.images.blob.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.images.blob.Digest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Held against the examples that AWS publishes for its signature version 4 of S3. */
class S3SignerTest {

    private static final String EMPTY =
            Digest.of(Digest.Algorithm.SHA256, new byte[0]).hex();
    private static final Instant NOW = Instant.parse("2013-05-24T00:00:00Z");

    private final S3Signer signer = new S3Signer(
            new S3Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", null), "us-east-1");
    private final SortedMap<String, String> headers = new TreeMap<>();

    private String signature(String method, String path, SortedMap<String, String> query, String payload) {
        headers.put("host", "examplebucket.s3.amazonaws.com");
        signer.sign(method, path, query, headers, payload, NOW);
        String authorization = headers.get("authorization");
        return authorization.substring(authorization.indexOf("Signature=") + "Signature=".length());
    }

    @Test
    void aPartOfAnObject() {
        headers.put("range", "bytes=0-9");
        assertThat(signature("GET", "/test.txt", S3Signer.none(), EMPTY))
                .isEqualTo("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
        assertThat(headers.get("authorization"))
                .startsWith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                        + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=");
    }

    @Test
    void anObject() {
        headers.put("date", "Fri, 24 May 2013 00:00:00 GMT");
        headers.put("x-amz-storage-class", "REDUCED_REDUNDANCY");
        String payload = Digest.of(Digest.Algorithm.SHA256, "Welcome to Amazon S3.".getBytes(StandardCharsets.UTF_8))
                .hex();
        assertThat(signature("PUT", "/test%24file.text", S3Signer.none(), payload))
                .isEqualTo("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    }

    @Test
    void aQueryWithoutAValue() {
        assertThat(signature("GET", "/", query("lifecycle", ""), EMPTY))
                .isEqualTo("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    }

    @Test
    void aList() {
        SortedMap<String, String> query = query("max-keys", "2");
        query.put("prefix", "J");
        assertThat(signature("GET", "/", query, EMPTY))
                .isEqualTo("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    }

    private static SortedMap<String, String> query(String name, String value) {
        SortedMap<String, String> query = new TreeMap<>();
        query.put(name, value);
        return query;
    }

    @Test
    void whatIsNoPlainCharacterIsEncoded() {
        assertThat(S3Signer.encoded("aZ09-._~")).isEqualTo("aZ09-._~");
        assertThat(S3Signer.encoded("a b/c+d=é")).isEqualTo("a%20b%2Fc%2Bd%3D%C3%A9");
    }

    /** What is signed must be what the JDK's client sends. */
    @Test
    void theUsualPortIsNotPartOfTheHost() {
        assertThat(S3Client.host(URI.create("https://s3.example:443"))).isEqualTo("s3.example");
        assertThat(S3Client.host(URI.create("http://s3.example:443"))).isEqualTo("s3.example:443");
        assertThat(S3Client.host(URI.create("http://[::1]:80"))).isEqualTo("[::1]");
    }

    @Test
    void aSecretIsNotInWords() {
        assertThat(new S3Credentials("key", "hidden", "hidden").toString())
                .contains("key")
                .doesNotContain("hidden");
    }
}
