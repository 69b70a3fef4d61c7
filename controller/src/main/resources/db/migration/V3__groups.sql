-- What is committed together is kept together: a row for each group of changes instead of one for each, and for the events
-- that a group tells of one resource.

-- The recent changes in groups, an array element a change, numbered from first to last without a gap. A group is at most
-- a few thousand changes; PostgreSQL compresses it as one value, and changes of one moment are much alike.
CREATE TABLE change_group (
    last    bigint      PRIMARY KEY,
    first   bigint      NOT NULL,
    at      timestamptz NOT NULL,
    deleted boolean[]   NOT NULL,
    kinds   text[]      NOT NULL,
    tenants text[]      NOT NULL,
    names   text[]      NOT NULL,
    -- Of a deletion, how the resource was last.
    bodies  text[]      NOT NULL
);
-- The rows of resource hold what these left, so nobody asks for their keys.
INSERT INTO change_group
SELECT revision, revision, at, ARRAY[deleted], ARRAY[''], ARRAY[''], ARRAY[''], ARRAY[body] FROM change;
DROP TABLE change;

-- For people: a row a change.
CREATE VIEW change AS
SELECT first + place - 1 AS revision, each.deleted, at, kind, tenant, name, body
FROM change_group,
    unnest(deleted, kinds, tenants, names, bodies) WITH ORDINALITY AS each (deleted, kind, tenant, name, body, place);

-- One row: up to here the rows of resource hold what the changes left. Those after it are in the log alone: a set that goes
-- through five states in a second is written there five times, and here once.
CREATE TABLE stored (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    revision bigint  NOT NULL
);
INSERT INTO stored (revision) SELECT revision FROM head;

-- Events of one resource that were committed together: body is a JSON array of them, id the last one's number. They are
-- numbered without a gap.
ALTER TABLE event ALTER COLUMN id DROP IDENTITY;
UPDATE event SET body = '[' || body || ']';
ALTER TABLE head ADD COLUMN event bigint NOT NULL DEFAULT 0;
UPDATE head SET event = coalesce((SELECT max(id) FROM event), 0);
