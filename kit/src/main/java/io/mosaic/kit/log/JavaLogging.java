package io.mosaic.kit.log;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/** Sends what libraries log through the JDK's own logging to SLF4J: warnings and worse. */
final class JavaLogging extends Handler {

    private final SimpleFormatter formatter = new SimpleFormatter();

    static void redirect() {
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        root.setLevel(Level.WARNING);
        root.addHandler(new JavaLogging());
    }

    @Override
    public void publish(LogRecord entry) {
        org.slf4j.Logger target = LoggerFactory.getLogger(String.valueOf(entry.getLoggerName()));
        String message = formatter.formatMessage(entry);
        if (entry.getLevel().intValue() >= Level.SEVERE.intValue()) {
            target.error(message, entry.getThrown());
        } else {
            target.warn(message, entry.getThrown());
        }
    }

    @Override
    public void flush() {
        // Nothing is kept here.
    }

    @Override
    public void close() {
        // Nothing is held here.
    }
}
