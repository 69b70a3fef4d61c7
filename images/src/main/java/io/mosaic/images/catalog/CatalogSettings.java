package io.mosaic.images.catalog;

import java.time.Duration;

/**
 * Where the database is: the one that the controllers have.
 *
 * @param url JDBC URL, such as {@code jdbc:postgresql://db1,db2/mosaic?targetServerType=primary}
 * @param connections the most that are open at once
 * @param answer after which a statement, and a little later its connection, is given up
 */
public record CatalogSettings(String url, String user, String password, int connections, Duration answer) {

    private static final int CONNECTIONS = 8;
    private static final Duration ANSWER = Duration.ofSeconds(4);

    /** With 8 connections and 4 s for an answer. */
    public static CatalogSettings of(String url, String user, String password) {
        return new CatalogSettings(url, user, password, CONNECTIONS, ANSWER);
    }

    /** Without the password: records end up in logs. */
    @Override
    public String toString() {
        return "CatalogSettings[" + user + "@" + url + "]";
    }
}
