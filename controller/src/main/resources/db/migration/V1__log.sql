-- The change log and what stands beside it. PostgreSQL 15 and later.
-- Bodies are JSON as text: jsonb would refuse \u0000 and give back other bytes than were written.

-- One row: the head of the log. Its row lock orders all commits, so that revisions are handed out without a gap and become
-- visible in their order, which a sequence does not promise.
CREATE TABLE head (
    one          boolean PRIMARY KEY DEFAULT true CHECK (one),
    revision     bigint  NOT NULL DEFAULT 0,
    -- Of the leader in force; a commit that carries another one is refused.
    epoch        bigint  NOT NULL DEFAULT 0,
    -- The oldest revision after which all changes are kept.
    compacted_to bigint  NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO head DEFAULT VALUES;

-- The state at the head.
CREATE TABLE resource (
    kind     text   NOT NULL,
    tenant   text   NOT NULL,
    name     text   NOT NULL,
    revision bigint NOT NULL,
    body     text   NOT NULL,
    PRIMARY KEY (kind, tenant, name)
);

-- The recent changes; of a deletion, how the resource was last.
CREATE TABLE change (
    revision bigint      PRIMARY KEY,
    deleted  boolean     NOT NULL,
    at       timestamptz NOT NULL,
    body     text        NOT NULL
);

-- Written under the head's lock: ids grow in the order of commits.
CREATE TABLE event (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text NOT NULL,
    kind   text NOT NULL,
    name   text NOT NULL,
    body   text NOT NULL
);
CREATE INDEX event_of ON event (tenant, kind, name, id);

-- Outcomes under their callers' keys.
CREATE TABLE idempotency (
    scope        text        NOT NULL,
    key          text        NOT NULL,
    request_hash text        NOT NULL,
    revision     bigint      NOT NULL,
    changes      text        NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_at ON idempotency (at);

-- The last group that each log committed: tells a log whose COMMIT was not answered whether it was kept.
CREATE TABLE commit_group (
    log      uuid        PRIMARY KEY,
    group_id uuid        NOT NULL,
    at       timestamptz NOT NULL
);

CREATE TABLE audit (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor text NOT NULL,
    body  text NOT NULL
);
CREATE INDEX audit_by ON audit (actor, id);

-- One row: the leader's lease. Apart from the head, so that extending it waits for no commit.
CREATE TABLE leader (
    one     boolean     PRIMARY KEY DEFAULT true CHECK (one),
    holder  text        NOT NULL DEFAULT '',
    expires timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO leader DEFAULT VALUES;

-- When each host was last heard; never in the log.
CREATE TABLE heartbeat (
    host text        PRIMARY KEY,
    seen timestamptz NOT NULL
) WITH (fillfactor = 50);
