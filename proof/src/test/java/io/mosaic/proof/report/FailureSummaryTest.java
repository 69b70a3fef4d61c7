package io.mosaic.proof.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.proof.report.FailureSummary.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailureSummaryTest {

    private static final FileTime BEGIN = FileTime.from(Instant.parse("2026-01-02T03:04:05Z"));

    @TempDir
    private Path project;

    @Test
    void tellsFailuresAndErrorsOfThisRunAlone() throws IOException {
        Path reports = report("proof", "a.KillIT", """
                <testcase name="passes" classname="a.KillIT"/>
                <testcase name="kills" classname="a.KillIT">
                  <failure message="left behind&#10;&#10;  expected: &lt;0&gt;" type="AssertionError">stack</failure>
                  <system-out>failure</system-out>
                </testcase>
                <testcase name="" classname="a.KillIT"><error type="java.io.IOException">stack</error></testcase>
                """);
        Files.writeString(reports.resolve("a.KillIT.txt"), "the whole");
        Path old = report("model", "a.OldTest", "<testcase name=\"x\" classname=\"a.OldTest\"><failure/></testcase>")
                .resolve("TEST-a.OldTest.xml");
        Files.setLastModifiedTime(old, FileTime.fromMillis(BEGIN.toMillis() - 1));
        Files.createFile(project.resolve("pom.xml"));

        List<Failure> failures = FailureSummary.failures(project, BEGIN);

        Path text = Path.of("proof/target/surefire-reports/a.KillIT.txt");
        assertThat(failures)
                .containsExactly(
                        new Failure("a.KillIT#kills", "left behind\n\n  expected: <0>", text),
                        new Failure("a.KillIT", "java.io.IOException", text));
        assertThat(FailureSummary.summary(project, failures))
                .containsSubsequence(
                        "2 tests failed:",
                        "a.KillIT#kills",
                        "    left behind",
                        "      expected: <0>",
                        "    (whole report: " + text + ")",
                        "a.KillIT",
                        "    java.io.IOException");
    }

    @Test
    void aTornReportIsTold() throws IOException {
        Path reports = report("kit", "a.TornTest", "<testcase name=\"x\"");
        assertThat(FailureSummary.failures(project, BEGIN))
                .singleElement()
                .satisfies(failure -> assertThat(failure.message()).startsWith("cannot be read"))
                .satisfies(failure -> assertThat(failure.report())
                        .isEqualTo(project.relativize(reports.resolve("TEST-a.TornTest.xml"))));
    }

    @Test
    void staysShortWhateverFails() {
        String message =
                IntStream.range(0, 500).mapToObj(line -> "x".repeat(1000)).collect(Collectors.joining("\n"));
        for (int count : new int[] {1, 3, 20, 30, 1000}) {
            List<Failure> failures = IntStream.range(0, count)
                    .mapToObj(number -> new Failure("a.Test#m" + number, message, Path.of("r.txt")))
                    .toList();
            List<String> lines = FailureSummary.summary(project, failures);
            assertThat(lines).hasSizeLessThanOrEqualTo(FailureSummary.LINES + 4).contains("a.Test#m0");
            assertThat(lines)
                    .allSatisfy(line -> assertThat(line)
                            .hasSizeLessThanOrEqualTo(Math.max(
                                    FailureSummary.LINE_CHARACTERS + 8,
                                    project.toString().length() + 30)));
        }
    }

    @Test
    void saysSoWhenNoTestFailed() {
        assertThat(FailureSummary.summary(project, List.of())).last().asString().contains("Maven");
    }

    private Path report(String module, String type, String cases) throws IOException {
        Path reports = Files.createDirectories(
                project.resolve(module).resolve("target").resolve("surefire-reports"));
        Files.writeString(
                reports.resolve("TEST-" + type + ".xml"),
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"" + type + "\">\n" + cases
                        + "</testsuite>\n");
        return reports;
    }
}
