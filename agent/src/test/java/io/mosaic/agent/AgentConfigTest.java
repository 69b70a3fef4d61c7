package io.mosaic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentConfigTest {

    @TempDir
    Path directory;

    private AgentConfig read(String json) throws IOException {
        return AgentConfig.read(Files.writeString(directory.resolve("agent.json"), json));
    }

    @Test
    void whatAHostFetchesHasALimitWhereOneIsSet() throws IOException {
        assertThat(read("{}").images().fetchBytes()).isZero();
        assertThat(read("{\"images\": {\"fetchRate\": \"20Mi\"}}").images().fetchBytes())
                .isEqualTo(20 << 20);
        assertThatThrownBy(() -> read("{\"images\": {\"fetchRate\": \"1Ki\"}}"))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("/images/fetchRate");
    }
}
