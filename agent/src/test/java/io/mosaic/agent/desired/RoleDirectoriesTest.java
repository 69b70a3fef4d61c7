package io.mosaic.agent.desired;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.Placement.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoleDirectoriesTest {
    private static final UUID SET = new UUID(1, 2);

    @TempDir
    Path root;

    private RoleDirectories roles() {
        return new RoleDirectories(root.resolve("roles"));
    }

    private String file(String name) throws IOException {
        return Files.readString(roles().directory(SET).resolve(name));
    }

    @Test
    void tellsRoleAndTermTogether() throws IOException {
        assertThat(roles().read(SET)).isNull();
        roles().write(SET, Part.STANDBY, 1);
        roles().write(SET, Part.STANDBY, 2);
        roles().write(SET, Part.PRIMARY, 2);
        assertThat(file("role")).isEqualTo("primary\n");
        assertThat(file("term")).isEqualTo("2\n");
        assertThat(roles().read(SET)).isEqualTo(new RoleFiles.Written(Part.PRIMARY, 2, false));
        try (Stream<Path> all = Files.list(roles().directory(SET))) {
            List<String> names =
                    all.map(path -> path.getFileName().toString()).sorted().toList();
            assertThat(names).containsExactly("2-primary", "2-standby", "now", "role", "term");
        }
    }

    @Test
    void remembersWhatIsInForce() throws IOException {
        roles().write(SET, Part.PRIMARY, 2);
        roles().confirm(SET, Part.PRIMARY, 1);
        assertThat(roles().read(SET).confirmed()).as("another term").isFalse();
        roles().confirm(SET, Part.PRIMARY, 2);
        assertThat(roles().read(SET).confirmed()).isTrue();
        roles().write(SET, Part.STANDBY, 2);
        assertThat(roles().read(SET)).isEqualTo(new RoleFiles.Written(Part.STANDBY, 2, false));
        roles().write(SET, Part.PRIMARY, 2);
        assertThat(roles().read(SET).confirmed()).as("written anew").isFalse();
    }

    @Test
    void leavesNothing() throws IOException {
        roles().write(SET, Part.PRIMARY, 2);
        roles().confirm(SET, Part.PRIMARY, 2);
        roles().remove(SET);
        roles().remove(SET);
        assertThat(root.resolve("roles")).isEmptyDirectory();
    }

    @Test
    void whatIsNoRoleIsSaid() throws IOException {
        roles().write(SET, Part.PRIMARY, 2);
        Path now = roles().directory(SET).resolve("now");
        Files.delete(now);
        Files.createSymbolicLink(now, Path.of("nonsense"));
        assertThatThrownBy(() -> roles().read(SET))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nonsense");
        roles().write(SET, Part.STANDBY, 3);
        assertThat(file("role")).isEqualTo("standby\n");
    }
}
