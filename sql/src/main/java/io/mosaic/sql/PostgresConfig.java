package io.mosaic.sql;

import java.time.Duration;

/**
 * Where the database is and how it is spoken to.
 *
 * @param url JDBC URL, such as {@code jdbc:postgresql://db1,db2/mosaic?targetServerType=primary}
 * @param connections the most that the pool holds; one more listens
 * @param answer after which a statement, and a little later its connection, is given up
 */
public record PostgresConfig(String url, String user, String password, int connections, Duration answer) {

    private static final int CONNECTIONS = 8;
    private static final Duration ANSWER = Duration.ofSeconds(4);

    /** With 8 connections and 4 s for an answer. */
    public static PostgresConfig of(String url, String user, String password) {
        return new PostgresConfig(url, user, password, CONNECTIONS, ANSWER);
    }

    public PostgresConfig withAnswer(Duration changed) {
        return new PostgresConfig(url, user, password, connections, changed);
    }

    /** Without the password: records end up in logs. */
    @Override
    public String toString() {
        return "PostgresConfig[" + user + "@" + url + "]";
    }
}
