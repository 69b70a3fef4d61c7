package io.mosaic.kit.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.ProblemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterAuthorityTest {

    private static final UUID UID = UUID.fromString("6b0d2a80-2b8d-4c43-9d39-0d3b8c1f5a11");

    @TempDir
    Path directory;

    private ClusterAuthority authority(String name) throws Exception {
        return ClusterAuthority.loadOrCreate(directory.resolve(name));
    }

    @Test
    void isTheSameAfterARestartAndItsKeyIsForItsOwnerOnly() throws Exception {
        ClusterAuthority first = authority("ca");
        ClusterAuthority again = authority("ca");
        assertThat(again.certificate()).isEqualTo(first.certificate());
        assertThat(again.fingerprint()).isEqualTo(first.fingerprint()).hasSize(64);
        assertThat(Files.readString(directory.resolve("ca/ca.pem"))).isEqualTo(first.certificatePem());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("ca/ca.key"))))
                .isEqualTo("rw-------");
        try (var files = Files.list(directory.resolve("ca"))) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("ca.key", "ca.pem");
        }
    }

    @Test
    void makesItselfAgainAfterAStartKilledBetweenKeyAndCertificate() throws Exception {
        authority("ca");
        Files.delete(directory.resolve("ca/ca.pem"));
        ClusterAuthority again = authority("ca");
        assertThat(authority("ca").certificate()).isEqualTo(again.certificate());
    }

    @Test
    void refusesACertificateWithoutItsKeyOrWithAnother() throws Exception {
        authority("one");
        authority("two");
        Files.copy(
                directory.resolve("two/ca.key"), directory.resolve("one/ca.key"), StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> authority("one")).hasMessageContaining("is not the key of");
        Files.delete(directory.resolve("one/ca.key"));
        assertThatThrownBy(() -> authority("one")).hasMessageContaining("key is missing");
    }

    @Test
    void givesServersTheirNames() throws Exception {
        ClusterAuthority authority = authority("ca");
        Credentials server = authority.issueServer(List.of("localhost", "127.0.0.1", "::1", "mosaic.example.org"));
        assertThat(server.chain()).hasSize(2).last().isEqualTo(authority.certificate());
        assertThat(server.certificate().getSubjectAlternativeNames().stream().map(name -> String.valueOf(name.get(1))))
                .containsExactly("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1", "mosaic.example.org");
        assertThat(server.toString()).doesNotContain("PRIVATE");
        ClusterTrust.in(authority.certificate()).checkServerTrusted(chain(server), "UNKNOWN");
        assertThat(server.keyStore("x".toCharArray()).size()).isOne();
        assertThat(Pem.certificates(server.chainPem())).isEqualTo(server.chain());
        assertThat(Pem.privateKey(server.keyPem())).isEqualTo(server.key());
        assertThatThrownBy(() -> authority.issueServer(List.of("not a name"))).hasMessageContaining("not a name");
    }

    @Test
    void certifiesTheHostUnderTheNameThatItSaysNotTheOneAskedFor() throws Exception {
        ClusterAuthority authority = authority("ca");
        HostKey key = HostKey.generate();
        List<X509Certificate> chain = authority.signHost("h1", UID, key.csrPem("another-host"));
        Credentials host = key.with(chain);
        assertThat(HostIdentity.of(host.certificate())).isEqualTo(new HostIdentity("h1", UID));
        ClusterTrust.in(authority.certificate()).checkClientTrusted(chain(host), "UNKNOWN");
        assertThat(host.certificate().getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
        assertThat(Duration.between(
                        Instant.now(), host.certificate().getNotAfter().toInstant()))
                .isBetween(Duration.ofDays(89), Duration.ofDays(90));
        assertThat(authority.signHost("h1", UID, key.csrPem("h1")).getFirst().getSerialNumber())
                .isNotEqualTo(host.certificate().getSerialNumber());
    }

    @Test
    void aHostCannotPassForAServerNorAnotherClustersHostForOurs() throws Exception {
        ClusterAuthority authority = authority("ca");
        ClusterAuthority other = authority("other");
        HostKey key = HostKey.generate();
        Credentials host = key.with(authority.signHost("h1", UID, key.csrPem("h1")));
        Credentials stranger = key.with(other.signHost("h1", UID, key.csrPem("h1")));
        var trust = ClusterTrust.in(authority.certificate());
        assertThatThrownBy(() -> trust.checkServerTrusted(chain(host), "UNKNOWN"))
                .isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> trust.checkClientTrusted(chain(stranger), "UNKNOWN"))
                .isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> HostIdentity.of(authority.certificate())).isInstanceOf(CertificateException.class);
    }

    @Test
    void aFreshCertificateIsValidWhereTheClockIsHoursBehind() throws Exception {
        ClusterAuthority authority = ClusterAuthority.loadOrCreate(directory.resolve("ca"));
        HostKey key = HostKey.generate();
        Date behind = Date.from(Instant.now().minus(Duration.ofHours(23)));
        authority.certificate().checkValidity(behind);
        authority.issueServer(List.of("localhost")).chain().getFirst().checkValidity(behind);
        authority.signHost("h1", new UUID(1, 1), key.csrPem("h1")).getFirst().checkValidity(behind);
    }

    @Test
    void nothingExpiredIsTrusted() throws Exception {
        Instant longAgo = Instant.now().minus(Duration.ofDays(200));
        ClusterAuthority authority = ClusterAuthority.loadOrCreate(directory.resolve("ca"), () -> longAgo);
        HostKey key = HostKey.generate();
        Credentials host = key.with(authority.signHost("h1", UID, key.csrPem("h1")));
        assertThatThrownBy(() -> ClusterTrust.in(authority.certificate()).checkClientTrusted(chain(host), "UNKNOWN"))
                .isInstanceOf(CertificateException.class)
                .hasStackTraceContaining("NotAfter");
    }

    @Test
    void refusesRequestsThatAreTamperedHugeGarbageOrForOtherKeys() throws Exception {
        ClusterAuthority authority = authority("ca");
        String csr = HostKey.generate().csrPem("h1");
        byte[] der = Pem.blocks(csr, "CERTIFICATE REQUEST").getFirst();
        der[der.length - 5] ^= 1;
        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(2048);
        KeyPair pair = rsa.generateKeyPair();
        byte[] weak = new JcaPKCS10CertificationRequestBuilder(new X500Principal("CN=h1"), pair.getPublic())
                .build(new JcaContentSignerBuilder("SHA256withRSA").build(pair.getPrivate()))
                .getEncoded();
        for (String bad : List.of(
                Pem.block("CERTIFICATE REQUEST", der),
                Pem.block("CERTIFICATE REQUEST", weak),
                Pem.block("CERTIFICATE REQUEST", new byte[] {1, 2, 3}),
                Pem.block("CERTIFICATE REQUEST", new byte[0]),
                csr + csr,
                "",
                "-----BEGIN CERTIFICATE REQUEST-----\n!!!\n-----END CERTIFICATE REQUEST-----",
                csr + "x".repeat(10_000))) {
            assertThatThrownBy(() -> authority.signHost("h1", UID, bad))
                    .as(bad.substring(0, Math.min(100, bad.length())))
                    .isInstanceOf(ProblemException.class)
                    .hasMessageStartingWith("/csr");
        }
        assertThatThrownBy(() -> authority.signHost("../h1", UID, csr)).hasMessageStartingWith("/host");
    }

    @Test
    void aJoiningHostTrustsOnlyTheClusterOfItsToken() throws Exception {
        ClusterAuthority authority = authority("ca");
        ClusterAuthority other = authority("other");
        Credentials server = authority.issueServer(List.of("localhost"));
        PinnedTrust pinned = new PinnedTrust(authority.fingerprint().substring(0, 32));
        pinned.checkServerTrusted(chain(server), "UNKNOWN");
        assertThat(pinned.authorityIn(chain(server))).isEqualTo(authority.certificate());
        assertThatThrownBy(() -> pinned.checkServerTrusted(chain(other.issueServer(List.of("localhost"))), "UNKNOWN"))
                .hasMessageContaining("does not belong to the cluster");
        // The right CA shown beside a certificate that it did not sign.
        Credentials forged = other.issueServer(List.of("localhost"));
        X509Certificate[] mixed = {forged.certificate(), authority.certificate()};
        assertThatThrownBy(() -> pinned.checkServerTrusted(mixed, "UNKNOWN")).isInstanceOf(CertificateException.class);
        HostKey key = HostKey.generate();
        Credentials host = key.with(authority.signHost("h1", UID, key.csrPem("h1")));
        assertThatThrownBy(() -> pinned.checkServerTrusted(chain(host), "UNKNOWN"))
                .isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> new PinnedTrust("abc")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theHostsKeyStaysTheSameAndForItsOwnerOnly() throws Exception {
        Path file = directory.resolve("host.key");
        HostKey key = HostKey.loadOrCreate(file);
        HostKey again = HostKey.loadOrCreate(file);
        assertThat(again.privateKey()).isEqualTo(key.privateKey());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        ClusterAuthority authority = authority("ca");
        List<X509Certificate> chain = authority.signHost("h1", UID, again.csrPem("h1"));
        assertThat(key.with(chain).certificate()).isEqualTo(chain.getFirst());
        assertThatThrownBy(() -> HostKey.generate().with(chain)).isInstanceOf(GeneralSecurityException.class);
        Files.writeString(file, "garbage");
        assertThatThrownBy(() -> HostKey.loadOrCreate(file)).isInstanceOf(GeneralSecurityException.class);
    }

    private static X509Certificate[] chain(Credentials credentials) {
        return credentials.chain().toArray(X509Certificate[]::new);
    }
}
