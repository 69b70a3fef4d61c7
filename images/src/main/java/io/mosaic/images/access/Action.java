package io.mosaic.images.access;

import io.mosaic.model.Role;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What is done with a repository, in the words of registry clients' scopes, and the least role that may. */
public enum Action {
    PULL(Role.VIEWER),
    PUSH(Role.DEVELOPER),
    DELETE(Role.OPERATOR);

    private final Role least;

    Action(Role least) {
        this.least = least;
    }

    public Role least() {
        return least;
    }

    /** As it stands in a scope. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The action of that word, or null. */
    public static @Nullable Action of(String word) {
        return Arrays.stream(values())
                .filter(each -> each.word().equals(word))
                .findFirst()
                .orElse(null);
    }
}
