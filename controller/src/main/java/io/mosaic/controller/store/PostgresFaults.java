package io.mosaic.controller.store;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What an error of PostgreSQL or its driver means to a caller of the store. */
final class PostgresFaults {

    private PostgresFaults() {}

    /** The fault of a call that was not yet committing. */
    static StoreException of(Throwable thrown) {
        SQLException sql = sql(thrown);
        String state = sql == null || sql.getSQLState() == null ? "" : sql.getSQLState();
        // Classes of SQLSTATE (PostgreSQL manual, appendix A): 22 data exception, 23 constraint violation, 42 syntax or
        // access rule, 54 program limit exceeded. These come again with the same statement; all others may pass.
        if (state.startsWith("22") || state.startsWith("23") || state.startsWith("42") || state.startsWith("54")) {
            return new StoreException(
                    StoreException.Kind.REFUSED, "the database refused the statement (SQLSTATE " + state + ")", thrown);
        }
        // 28 invalid authorization, 3D invalid catalog name.
        boolean denied = state.startsWith("28") || state.startsWith("3D");
        return new StoreException(
                denied ? StoreException.Kind.DENIED : StoreException.Kind.UNAVAILABLE, word(state), thrown);
    }

    /** The fault of a COMMIT. */
    static StoreException unknown(Throwable thrown) {
        return new StoreException(StoreException.Kind.UNKNOWN, "the database did not answer a commit", thrown);
    }

    private static String word(String state) {
        return switch (state) {
            case "53100" -> "the database's disk is full";
            case "53300" -> "the database takes no more connections";
            case "25006" -> "the database is a read-only replica now";
            case "28P01", "28000" -> "the database refuses the user or password";
            case "3D000" -> "there is no such database";
            case "57014", "55P03" -> "the database did not answer in time";
            case "57P01", "57P02", "57P03" -> "the database is starting or stopping";
            default -> "the database does not answer" + (state.isEmpty() ? "" : " (SQLSTATE " + state + ")");
        };
    }

    private static @Nullable SQLException sql(Throwable thrown) {
        SQLException found = null;
        for (Throwable at = thrown; at != null; at = at.getCause()) {
            if (at instanceof SQLException sql && (found == null || found.getSQLState() == null)) {
                found = sql;
            }
        }
        return found;
    }
}
