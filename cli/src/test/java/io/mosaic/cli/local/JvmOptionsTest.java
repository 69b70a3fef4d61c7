package io.mosaic.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class JvmOptionsTest {

    @Test
    void heapsHaveDefaults() {
        assertThat(JvmOptions.agent(Map.of())).contains("-Xmx" + JvmOptions.AGENT_HEAP);
        assertThat(JvmOptions.controller(Map.of())).contains("-Xmx" + JvmOptions.CONTROLLER_HEAP);
        assertThat(JvmOptions.images(Map.of())).contains("-Xmx" + JvmOptions.IMAGES_HEAP);
    }

    @Test
    void heapsAreTheOperators() {
        assertThat(JvmOptions.agent(Map.of("MOS_AGENT_HEAP", "256m"))).contains("-Xmx256m");
        assertThat(JvmOptions.controller(Map.of("MOS_CONTROLLER_HEAP", "4g"))).contains("-Xmx4g");
        assertThat(JvmOptions.images(Map.of("MOS_IMAGES_HEAP", "1g"))).contains("-Xmx1g");
    }

    @Test
    void nothingElseGetsInByAHeap() {
        for (String heap : new String[] {"", "64", "0m", "-1m", "64m -version", "64k", "1000000m"}) {
            assertThatThrownBy(() -> JvmOptions.agent(Map.of("MOS_AGENT_HEAP", heap)))
                    .as(heap)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("MOS_AGENT_HEAP");
        }
    }
}
