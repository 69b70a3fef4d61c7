package io.mosaic.kit.tls;

import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * The right to use the image repository for a while, which a controller gives to a host for a tenant's set. A controller signs it with
 * the key of its own certificate, which goes with it: who has the cluster's CA can check it, and no secret is shared.
 *
 * @param host that it was given to
 * @param tenant for whose sets
 * @param user who asked for it; of a host's own doing {@code host HOST}
 * @param scopes what it is for, in the words of registry clients: {@code repository:food/web:pull}
 * @param expires seconds since 1970
 */
public record HostGrant(String host, String tenant, String user, List<String> scopes, long expires) {

    private static final SealedText KIND = new SealedText("mosgrant_", "mosaic host grant 1");

    public HostGrant {
        scopes = List.copyOf(scopes);
    }

    /** Whether that text is one at all, good or not. */
    public static boolean isOne(String text) {
        return text.startsWith(KIND.prefix());
    }

    /**
     * The text to show as a bearer's token: a secret.
     *
     * @param controller made by {@link ClusterAuthority#issueController}
     */
    public String sealed(Credentials controller) throws GeneralSecurityException {
        return KIND.seal(Json.bytes(this), controller);
    }

    /**
     * Reads and checks one.
     *
     * @param authority the cluster's CA
     * @throws GeneralSecurityException when no controller of that cluster made it, or its time is over
     */
    public static HostGrant open(String text, X509Certificate authority, Instant now) throws GeneralSecurityException {
        byte[] content = KIND.open(text, authority, ClusterAuthority::isController, now);
        HostGrant grant;
        try {
            grant = Json.read(content, HostGrant.class);
        } catch (ProblemException e) {
            throw new GeneralSecurityException("not a grant of this version", e);
        }
        if (now.getEpochSecond() >= grant.expires()) {
            throw new GeneralSecurityException("the grant has expired");
        }
        return grant;
    }

    /** Names the host only: a log line says what it was for, if need be. */
    @Override
    public String toString() {
        return "HostGrant[" + host + " " + scopes + "]";
    }
}
