package io.mosaic.proof.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Tells in a few lines which tests failed, from Surefire's XML reports. {@code ./mos test} runs it from this source file,
 * so it imports nothing but the JDK.
 */
public final class FailureSummary {

    /** Lines of one failure's message, and characters of a line. */
    static final int MESSAGE_LINES = 10;

    static final int LINE_CHARACTERS = 300;

    /** All lines together stay below what a terminal or a CI page shows of the end of an output. */
    static final int LINES = 60;

    /**
     * A test that failed.
     *
     * @param test class and method, or the class alone when it could not be set up
     * @param report Surefire's account with stack traces and output
     */
    record Failure(String test, String message, Path report) {}

    private FailureSummary() {}

    /**
     * Prints the summary.
     *
     * @param args the project's folder, and the file that is older than every report of this run
     */
    public static void main(String[] args) throws IOException {
        Path project = Path.of(args[0]);
        FileTime begin = Files.getLastModifiedTime(Path.of(args[1]));
        summary(project, failures(project, begin)).forEach(System.out::println);
    }

    /** The failures in the reports of all modules that were written since then, by class. */
    static List<Failure> failures(Path project, FileTime begin) throws IOException {
        List<Failure> failures = new ArrayList<>();
        for (Path module : sorted(project)) {
            Path reports = module.resolve("target").resolve("surefire-reports");
            if (!Files.isDirectory(reports)) {
                continue;
            }
            for (Path report : sorted(reports)) {
                String name = report.getFileName().toString();
                if (name.startsWith("TEST-")
                        && name.endsWith(".xml")
                        && Files.getLastModifiedTime(report).compareTo(begin) >= 0) {
                    read(report, project, failures);
                }
            }
        }
        return failures;
    }

    private static List<Path> sorted(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        }
    }

    private static void read(Path report, Path project, List<Failure> failures) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        try (InputStream in = Files.newInputStream(report)) {
            XMLStreamReader xml = factory.createXMLStreamReader(in);
            String test = "";
            while (xml.hasNext()) {
                if (xml.next() != XMLStreamConstants.START_ELEMENT) {
                    continue;
                }
                switch (xml.getLocalName()) {
                    case "testcase" -> test = name(attribute(xml, "classname"), attribute(xml, "name"));
                    case "failure", "error" -> {
                        String message = attribute(xml, "message");
                        String told = message.isBlank() ? attribute(xml, "type") : message;
                        failures.add(new Failure(test, told, project.relativize(text(report))));
                    }
                    default -> {
                        // Properties, output, reruns.
                    }
                }
            }
        } catch (XMLStreamException e) {
            // A run that was killed leaves half a report: that is a failure to tell of, too.
            failures.add(new Failure(
                    report.getFileName().toString(), "cannot be read: " + e.getMessage(), project.relativize(report)));
        }
    }

    private static String name(String type, String method) {
        return method.isBlank() || method.equals(type) ? type : type + "#" + method;
    }

    private static String attribute(XMLStreamReader xml, String name) {
        String value = xml.getAttributeValue(null, name);
        return value == null ? "" : value;
    }

    /** The readable report beside the XML one. */
    private static Path text(Path report) {
        String name = report.getFileName().toString();
        Path text = report.resolveSibling(name.substring("TEST-".length(), name.length() - ".xml".length()) + ".txt");
        return Files.exists(text) ? text : report;
    }

    /** The lines to print: many failures get fewer lines each, and those that no longer fit are counted. */
    static List<String> summary(Path project, List<Failure> failures) {
        List<String> lines = new ArrayList<>();
        lines.add("");
        if (failures.isEmpty()) {
            lines.add("The run failed, but no test says so in its report; what Maven says above is the reason.");
            return lines;
        }
        lines.add(failures.size() == 1 ? "One test failed:" : failures.size() + " tests failed:");
        int each = Math.clamp(LINES / failures.size() - 2, 1, MESSAGE_LINES);
        int shown = Math.min(failures.size(), LINES / (each + 2));
        for (Failure failure : failures.subList(0, shown)) {
            lines.add(failure.test());
            List<String> message =
                    failure.message().lines().filter(line -> !line.isBlank()).toList();
            message.stream().limit(each).forEach(line -> lines.add("    " + cut(line)));
            lines.add("    (whole report: " + failure.report() + ")");
        }
        if (failures.size() > shown) {
            lines.add("... and " + (failures.size() - shown) + " more");
        }
        lines.add("Reports are below " + project.toAbsolutePath().normalize());
        return lines;
    }

    private static String cut(String line) {
        return line.length() <= LINE_CHARACTERS ? line : line.substring(0, LINE_CHARACTERS) + " ...";
    }
}
