package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;

/** What a token may do; each role may do all that the ones before it may. */
public enum Role {
    /** Reads. */
    VIEWER,
    /** Deploys sets; reads their logs. */
    DEVELOPER,
    /** Runs commands in containers; handles hosts. */
    OPERATOR,
    /** Handles tenants, tokens and audit. */
    ADMIN;

    /** Whether this role may do what that one may. */
    public boolean covers(Role needed) {
        return compareTo(needed) >= 0;
    }

    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    public static Role parse(String word) {
        return Arrays.stream(values())
                .filter(role -> role.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("must be viewer, developer, operator or admin"));
    }
}
