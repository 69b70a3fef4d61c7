-- Several controllers over one database: which there are, and which of them holds which host's link.

-- One row per running controller; a life of a controller, not a machine: a restart makes a new row.
CREATE TABLE controller (
    id      text        PRIMARY KEY,
    name    text        NOT NULL,
    -- Where the others reach its link, host:port.
    address text        NOT NULL,
    seen    timestamptz NOT NULL
);

-- The controller that holds the host's session, the agent process at the other end, and the last few agent processes
-- that later ones of the same identity took the place of.
ALTER TABLE heartbeat
    ADD COLUMN controller text   NOT NULL DEFAULT '',
    ADD COLUMN agent      text   NOT NULL DEFAULT '',
    ADD COLUMN replaced   text[] NOT NULL DEFAULT '{}';

-- One row once the first controller has started: the fingerprint of the cluster's certificate authority. A controller
-- with another one would lock every host and user out that the others let in.
CREATE TABLE authority (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    fingerprint text    NOT NULL
);
