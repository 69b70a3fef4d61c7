package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;

/** The kinds of resource that the change log holds. */
public enum Kind {
    SET("set"),
    HOST("host"),
    TENANT("tenant"),
    TOKEN("token"),
    POOL("pool"),
    APP("app"),
    RELEASE("release"),
    /** What only a newer version knows; never written. */
    OTHER("other");

    private final String word;

    Kind(String word) {
        this.word = word;
    }

    /** As written in JSON and in the store. */
    @JsonValue
    public String word() {
        return word;
    }

    /** @throws IllegalArgumentException when there is no such kind */
    @JsonCreator
    public static Kind parse(String word) {
        return Arrays.stream(values())
                .filter(kind -> kind.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such kind of resource: " + word));
    }
}
