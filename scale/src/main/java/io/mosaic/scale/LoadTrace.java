package io.mosaic.scale;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;

/**
 * A recorded load: from each time to the next, so many requests.
 *
 * @param points in order of time, at least two
 */
public record LoadTrace(List<Point> points) {

    private static final int ROWS_MAX = 1_000_000;
    private static final int LINE_CHARS_MAX = 256;

    /**
     * One row.
     *
     * @param requests from then to the next row; of the last, for as long as the row before it
     */
    public record Point(Instant at, double requests) {}

    public LoadTrace {
        points = List.copyOf(points);
    }

    /**
     * Reads CSV: a time with zone or offset, a comma, the requests from that time to the next row's. A first line that names
     * the columns is passed over, as are empty lines and those that begin with {@code #}.
     *
     * @throws IOException naming the line that is wrong
     */
    public static LoadTrace read(Reader csv) throws IOException {
        BufferedReader lines = new BufferedReader(csv);
        List<Point> points = new ArrayList<>();
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            String text = line.strip();
            if (text.isEmpty() || text.startsWith("#") || (number == 1 && text.matches("[A-Za-z].*"))) {
                continue;
            }
            if (points.size() == ROWS_MAX) {
                throw new IOException("line " + number + ": more than " + ROWS_MAX + " rows");
            }
            Point point = point(text, number);
            if (!points.isEmpty() && !point.at().isAfter(points.getLast().at())) {
                throw new IOException("line " + number + ": is not later than the row before");
            }
            points.add(point);
        }
        if (points.size() < 2) {
            throw new IOException("needs at least two rows of time,requests");
        }
        return new LoadTrace(points);
    }

    private static Point point(String text, int number) throws IOException {
        String[] cells = text.length() > LINE_CHARS_MAX ? new String[0] : text.split(",", -1);
        if (cells.length != 2) {
            throw new IOException("line " + number + ": must be time,requests");
        }
        try {
            Instant at = OffsetDateTime.parse(cells[0].strip()).toInstant();
            double requests = Double.parseDouble(cells[1].strip());
            if (!(requests >= 0 && requests <= 1e15)) {
                throw new IOException("line " + number + ": requests must be 0 or more, not " + cells[1].strip());
            }
            return new Point(at, requests);
        } catch (DateTimeParseException e) {
            throw new IOException(
                    "line " + number + ": \"" + cells[0].strip()
                            + "\" is no time with an offset, such as 2026-11-20T11:30:00+08:00",
                    e);
        } catch (NumberFormatException e) {
            throw new IOException("line " + number + ": \"" + cells[1].strip() + "\" is no number of requests", e);
        }
    }

    public Instant begin() {
        return points.getFirst().at();
    }

    /** When the last row's time is over. */
    public Instant end() {
        return points.getLast().at().plus(span(points.size() - 1));
    }

    private Duration span(int row) {
        int of = Math.min(row, points.size() - 2);
        return Duration.between(points.get(of).at(), points.get(of + 1).at());
    }

    /** Requests a second from that row's time on. */
    public double perSecond(int row) {
        return points.get(row).requests() / (span(row).toMillis() / 1000.0);
    }

    /** The greatest number of requests a second. */
    public double peak() {
        double peak = 0;
        for (int row = 0; row < points.size(); row++) {
            peak = Math.max(peak, perSecond(row));
        }
        return peak;
    }
}
