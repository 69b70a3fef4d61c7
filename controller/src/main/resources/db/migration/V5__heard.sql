-- When each controller last heard the hosts that it holds, in one row a controller: it is written every second, and a row
-- a host would be thousands of row versions a second. A host's row in heartbeat says who holds it, and when it was claimed.
CREATE TABLE heard (
    controller text          PRIMARY KEY,
    hosts      text[]        NOT NULL,
    seen       timestamptz[] NOT NULL
);
