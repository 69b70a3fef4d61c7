package io.mosaic.cli.build;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line of a Dockerfile, with the lines that go on with it.
 *
 * @param line number of its first line, from 1
 * @param word in capitals, such as COPY
 * @param flags {@code --name=value} in front of the rest
 * @param rest after that, as it is written
 * @param list the rest when it is a JSON list of texts
 */
record Instruction(
        int line,
        String word,
        List<String> flags,
        String rest,
        @Nullable List<String> list) {}
