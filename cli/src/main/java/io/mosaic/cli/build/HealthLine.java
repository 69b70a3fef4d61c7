package io.mosaic.cli.build;

import io.mosaic.cli.image.ImageFault;
import io.mosaic.cli.image.ImageJson;
import java.util.List;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** HEALTHCHECK, as a configuration of docker's has it: times in nanoseconds. Pure. */
final class HealthLine {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,3})?)(ms|s|m|h)");

    private HealthLine() {}

    static ObjectNode read(Instruction line, BiFunction<String, @Nullable List<String>, List<String>> command)
            throws ImageFault {
        ObjectNode check = ImageJson.object();
        ArrayNode test = check.putArray("Test");
        if (line.rest().equalsIgnoreCase("NONE")) {
            test.add("NONE");
            return check;
        }
        String[] words = line.rest().split("\\s+", 2);
        if (!words[0].equalsIgnoreCase("CMD") || words.length < 2) {
            throw new ImageFault("is HEALTHCHECK CMD COMMAND, or HEALTHCHECK NONE");
        }
        // Read anew, for the list that may come after CMD.
        List<String> list = Dockerfile.read("CMD " + words[1]).getFirst().list();
        if (list == null) {
            test.add("CMD-SHELL").add(words[1]);
        } else {
            test.add("CMD");
            command.apply(words[1], list).forEach(test::add);
        }
        for (String flag : line.flags()) {
            String value = flag.substring(flag.indexOf('=') + 1);
            if (flag.startsWith("--retries=") && value.matches("\\d{1,4}")) {
                check.put("Retries", Integer.parseInt(value));
            } else {
                check.put(
                        switch (flag.substring(0, Math.max(0, flag.indexOf('=')))) {
                            case "--interval" -> "Interval";
                            case "--timeout" -> "Timeout";
                            case "--start-period" -> "StartPeriod";
                            default -> throw new ImageFault("flag " + flag + " is not understood");
                        },
                        nanos(value));
            }
        }
        return check;
    }

    private static long nanos(String text) throws ImageFault {
        Matcher matcher = DURATION.matcher(text);
        double nanos = 0;
        int end = 0;
        while (matcher.find() && matcher.start() == end) {
            double unit = switch (matcher.group(2)) {
                case "ms" -> 1e6;
                case "s" -> 1e9;
                case "m" -> 60e9;
                default -> 3600e9;
            };
            nanos += Double.parseDouble(matcher.group(1)) * unit;
            end = matcher.end();
        }
        if (end == 0 || end != text.length()) {
            throw new ImageFault("not a time: " + text);
        }
        return (long) nanos;
    }
}
