package io.mosaic.agent.desired;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SortedCopiesTest {

    @Test
    void aCopyIsSortedAndStaysAsItWas() {
        Map<String, Integer> given = new HashMap<>(Map.of("web", 1, "infra", 2, "log", 3));

        Map<String, Integer> copy = SortedCopies.of(given);
        given.clear();

        assertThat(copy)
                .isEqualTo(Map.of("web", 1, "infra", 2, "log", 3))
                .hasSameHashCodeAs(Map.of("web", 1, "infra", 2, "log", 3));
        assertThat(copy.keySet()).containsExactly("infra", "log", "web");
        assertThat(copy.values()).containsExactly(2, 3, 1);
        assertThat(copy.get("log")).isEqualTo(3);
        assertThat(copy.get("other")).isNull();
        assertThat(copy.containsKey("web")).isTrue();
        assertThat(copy.containsKey("a")).isFalse();
        assertThat(SortedCopies.of(copy)).as("a copy of a copy").isSameAs(copy);
        assertThatThrownBy(() -> copy.put("x", 1)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> copy.remove("web")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> copy.values().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void namesAreSorted() {
        assertThat(SortedCopies.of(List.of("b", "c", "a"))).containsExactly("a", "b", "c");
        assertThat(SortedCopies.of(List.of("b"))).containsExactly("b");
        assertThat(SortedCopies.of(List.of())).isEmpty();
        assertThatThrownBy(() -> SortedCopies.of(List.of("b", "a")).remove("a"))
                .isInstanceOf(UnsupportedOperationException.class);
    }
}
