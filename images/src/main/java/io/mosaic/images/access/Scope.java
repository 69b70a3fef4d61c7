package io.mosaic.images.access;

import io.mosaic.images.manifest.RepositoryName;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Actions on one repository, as a registry client asks for them: {@code repository:food/web:pull,push}. */
public record Scope(RepositoryName repository, Set<Action> actions) {

    private static final String KIND = "repository:";

    public Scope {
        actions = Set.copyOf(actions);
    }

    /** Reads one; null for what is no such scope, which then gives no right to anything. */
    public static @Nullable Scope parse(String text) {
        int last = text.lastIndexOf(':');
        if (!text.startsWith(KIND) || last < KIND.length()) {
            return null;
        }
        RepositoryName name = RepositoryName.parse(text.substring(KIND.length(), last));
        if (name == null) {
            return null;
        }
        Set<Action> actions = EnumSet.noneOf(Action.class);
        for (String word : text.substring(last + 1).split(",", 8)) {
            Action action = Action.of(word);
            if (action != null) {
                actions.add(action);
            } else if (word.equals("*")) {
                actions.addAll(EnumSet.allOf(Action.class));
            }
        }
        return new Scope(name, actions);
    }

    @Override
    public String toString() {
        return KIND + repository + ":"
                + actions.stream().sorted().map(Action::word).collect(Collectors.joining(","));
    }
}
