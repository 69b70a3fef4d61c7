package io.mosaic.sql;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What an error of PostgreSQL or its driver is about, by its SQLSTATE (PostgreSQL manual, appendix A).
 *
 * @param code five characters; empty when the error has none
 */
public record SqlState(String code) {

    /** The first state in the chain of causes. */
    public static SqlState of(Throwable thrown) {
        for (@Nullable Throwable at = thrown; at != null; at = at.getCause()) {
            if (at instanceof SQLException sql && sql.getSQLState() != null) {
                return new SqlState(sql.getSQLState());
            }
        }
        return new SqlState("");
    }

    /**
     * Whether the same statement would meet it again, so that it is a fault of the program: 22 data exception, 23 constraint
     * violation, 42 syntax or access rule, 54 program limit exceeded.
     */
    public boolean refused() {
        return code.startsWith("22") || code.startsWith("23") || code.startsWith("42") || code.startsWith("54");
    }

    /** Whether the database lets this user not in: 28 invalid authorization, 3D invalid catalog name. */
    public boolean denied() {
        return code.startsWith("28") || code.startsWith("3D");
    }

    /** Whether the transaction was broken off for the sake of others, and may be run again. */
    public boolean brokenOff() {
        return code.equals("40P01") || code.equals("40001");
    }

    /** For people: what is the matter, beginning with "the database". */
    public String word() {
        return switch (code) {
            case "53100" -> "the database's disk is full";
            case "53300" -> "the database takes no more connections";
            case "25006" -> "the database is a read-only replica now";
            case "28P01", "28000" -> "the database refuses the user or password";
            case "3D000" -> "there is no such database";
            case "42501" -> "the database's user may not do this there";
            case "57014", "55P03" -> "the database did not answer in time";
            case "57P01", "57P02", "57P03" -> "the database is starting or stopping";
            default -> "the database does not answer" + (code.isEmpty() ? "" : " (SQLSTATE " + code + ")");
        };
    }
}
