package io.mosaic.images;

import io.mosaic.images.mirror.MirrorSettings;
import io.mosaic.kit.tls.Pem;
import io.mosaic.model.Bytes;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Reads the files that the configuration of mirrors names. */
final class MirrorFiles {

    private static final int BYTES_MAX = 1024 * 1024;

    private MirrorFiles() {}

    /**
     * The mirrors, with what their files hold.
     *
     * @throws IOException in one line, naming the file and what is wrong with it, and nothing of its content
     */
    static List<MirrorSettings> settings(ImagesConfig config) throws IOException {
        List<MirrorSettings> all = new ArrayList<>();
        for (ImagesConfig.Mirror each : config.mirrors()) {
            Bytes most = each.maxBytes();
            all.add(new MirrorSettings(
                    each.prefix(),
                    URI.create(each.upstream()),
                    login(each.credentialsFile()),
                    trust(each.ca()),
                    each.revalidateOrUsual(),
                    most == null ? Long.MAX_VALUE : most.value(),
                    config.registryLimits().blobBytes(),
                    MirrorSettings.RECENT,
                    MirrorSettings.Patience.USUAL));
        }
        return all;
    }

    private static String text(String what, String file) throws IOException {
        Path path = Path.of(file);
        try {
            if (Files.size(path) > BYTES_MAX) {
                throw new IOException("it is too long");
            }
            return Files.readString(path, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IOException("cannot read the mirror's " + what + " " + file, e);
        }
    }

    private static MirrorSettings.@Nullable Login login(@Nullable String file) throws IOException {
        if (file == null) {
            return null;
        }
        String text = text("credentials", file).strip();
        int colon = text.indexOf(':');
        if (colon < 1 || text.indexOf('\n') >= 0) {
            throw new IOException("the mirror's credentials " + file + " must be one line, user:password");
        }
        return new MirrorSettings.Login(text.substring(0, colon), text.substring(colon + 1));
    }

    private static @Nullable SSLContext trust(@Nullable String file) throws IOException {
        if (file == null) {
            return null;
        }
        try {
            KeyStore anchors = KeyStore.getInstance("PKCS12");
            anchors.load(null, null);
            for (X509Certificate each : Pem.certificates(text("certificates", file))) {
                anchors.setCertificateEntry("ca" + anchors.size(), each);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(anchors);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("the mirror's certificates " + file + " are none: " + e.getMessage(), e);
        }
    }
}
