-- What controllers tell each other beside the log, one row each, written anew every few seconds: what the instances of apps use
-- on the hosts that each holds, and what the leader recommended of late. Worth seconds, not a commit to disk.
CREATE TABLE shared (
    controller text        PRIMARY KEY,
    body       text        NOT NULL,
    seen       timestamptz NOT NULL
);
