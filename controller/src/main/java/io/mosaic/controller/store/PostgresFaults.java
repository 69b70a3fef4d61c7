package io.mosaic.controller.store;

import io.mosaic.sql.SqlState;

/** What an error of PostgreSQL or its driver means to a caller of the store. */
final class PostgresFaults {

    private PostgresFaults() {}

    /** The fault of a call that was not yet committing. */
    static StoreException of(Throwable thrown) {
        SqlState state = SqlState.of(thrown);
        // What is refused comes again with the same statement; all else may pass.
        if (state.refused()) {
            return new StoreException(
                    StoreException.Kind.REFUSED,
                    "the database refused the statement (SQLSTATE " + state.code() + ")",
                    thrown);
        }
        return new StoreException(
                state.denied() ? StoreException.Kind.DENIED : StoreException.Kind.UNAVAILABLE, state.word(), thrown);
    }

    /** The fault of a COMMIT. */
    static StoreException unknown(Throwable thrown) {
        return new StoreException(StoreException.Kind.UNKNOWN, "the database did not answer a commit", thrown);
    }
}
