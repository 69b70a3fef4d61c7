package io.mosaic.agent.link;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A join token as an operator hands it over: {@code mosjoin_<name>_<secret>_<fingerprint>}.
 *
 * @param text all of it, a secret
 * @param fingerprint of the cluster's CA: the token also says whom to trust
 */
record JoinTokenText(String text, String fingerprint) {
    private static final Pattern TEXT = Pattern.compile("mosjoin_[a-z0-9-]{1,63}_[A-Za-z0-9_-]{20,128}_([0-9a-f]{32})");

    /** @throws IllegalArgumentException when it is no join token; the message does not repeat it */
    static JoinTokenText parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "joinToken is not a join token (mosjoin_<name>_<secret>_<fingerprint>): copy all of it");
        }
        return new JoinTokenText(text.strip(), matcher.group(1));
    }

    @Override
    public String toString() {
        return "JoinTokenText[...]";
    }
}
