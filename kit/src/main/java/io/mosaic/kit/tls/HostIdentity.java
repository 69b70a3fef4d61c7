package io.mosaic.kit.tls;

import io.mosaic.model.Names;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.UUID;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/**
 * Whom a host's certificate speaks for. The uid tells a host from an earlier one of its name: when a name is joined
 * anew, the old certificate is worth nothing at once.
 *
 * @param host its name, the subject's CN
 * @param uid its resource's uid, the subject's UID
 */
public record HostIdentity(String host, UUID uid) {

    /** @throws CertificateException when it is not a host's certificate */
    public static HostIdentity of(X509Certificate certificate) throws CertificateException {
        String host = null;
        String uid = null;
        try {
            for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                host = part.getType().equalsIgnoreCase("CN") ? text(part) : host;
                uid = part.getType().equalsIgnoreCase("UID") ? text(part) : uid;
            }
            if (host != null && uid != null && Names.valid(host)) {
                return new HostIdentity(host, UUID.fromString(uid));
            }
        } catch (InvalidNameException | IllegalArgumentException e) {
            throw new CertificateException("not a host's certificate", e);
        }
        throw new CertificateException("not a host's certificate");
    }

    private static @Nullable String text(Rdn part) {
        return part.getValue() instanceof String text ? text : null;
    }
}
