package io.mosaic.cli.term;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** A table of texts for people: columns as wide as their widest cell, two spaces between, no lines. Not thread-safe. */
public final class Table {
    private final List<String> headers;
    private final List<List<String>> rows = new ArrayList<>();
    private UnaryOperator<String> paint = UnaryOperator.identity();
    private int painted = -1;

    public Table(String... headers) {
        this.headers = List.of(headers);
    }

    /** @throws IllegalArgumentException when there are not as many cells as headers */
    public Table row(Object... cells) {
        if (cells.length != headers.size()) {
            throw new IllegalArgumentException(cells.length + " cells for " + headers.size() + " columns");
        }
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            String text = String.valueOf(cell);
            row.add(text.isEmpty() ? "-" : plain(text));
        }
        rows.add(row);
        return this;
    }

    /** Colours the cells of a column; widths are taken before. */
    public Table paint(int column, UnaryOperator<String> colouring) {
        painted = column;
        paint = colouring;
        return this;
    }

    /** The lines, each ended. */
    public String text() {
        int[] widths = new int[headers.size()];
        measure(widths, headers);
        rows.forEach(row -> measure(widths, row));
        StringBuilder text = new StringBuilder();
        line(text, widths, headers, false);
        rows.forEach(row -> line(text, widths, row, true));
        return text.toString();
    }

    private static void measure(int[] widths, List<String> row) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], row.get(i).length());
        }
    }

    private void line(StringBuilder text, int[] widths, List<String> row, boolean body) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = row.get(i);
            line.append(body && i == painted ? paint.apply(cell) : cell);
            if (i + 1 < widths.length) {
                line.repeat(' ', widths[i] - cell.length() + 2);
            }
        }
        text.append(line.toString().stripTrailing()).append('\n');
    }

    /** What a server or a container says must not move the cursor. */
    private static String plain(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints().map(c -> Character.isISOControl(c) ? ' ' : c).forEach(clean::appendCodePoint);
        return clean.toString();
    }
}
