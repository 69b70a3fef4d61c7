-- Which session of its agent holds the host: a hello of an earlier one that comes late takes nothing away.
ALTER TABLE heartbeat ADD COLUMN session bigint NOT NULL DEFAULT 0;
