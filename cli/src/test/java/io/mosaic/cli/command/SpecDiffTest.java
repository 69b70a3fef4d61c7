package io.mosaic.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Json;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class SpecDiffTest {

    private static JsonNode json(String text) {
        return Json.mapper().readTree(text.replace('\'', '"'));
    }

    @Test
    void aPatchHoldsWhatDiffersAndNullForWhatGoes() {
        JsonNode from = json("{'a':1,'b':{'c':1,'d':2},'l':[1,2],'gone':true}");
        JsonNode to = json("{'a':1,'b':{'c':1,'d':3,'e':4},'l':[1,3]}");
        assertThat((JsonNode) SpecDiff.mergePatch(from, to))
                .isEqualTo(json("{'gone':null,'b':{'d':3,'e':4},'l':[1,3]}"));
        assertThat(SpecDiff.mergePatch(from, from).isEmpty()).isTrue();
        assertThat(SpecDiff.lines(from, to))
                .containsExactlyInAnyOrder(
                        "/b/d  2 -> 3", "/b/e  (none) -> 4", "/l/1  2 -> 3", "/gone  true -> (none)");
    }
}
