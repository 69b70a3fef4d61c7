-- Calls that change something, from before they do until their entry is in the controllers' table audit. What is here of an earlier
-- life of the repository ended in a way that nobody saw.
CREATE TABLE call (
    id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Of the process that began it.
    life   uuid        NOT NULL,
    begun  timestamptz NOT NULL DEFAULT clock_timestamp(),
    at     timestamptz NOT NULL,
    actor  text        NOT NULL,
    tenant text,
    action text        NOT NULL
);

-- When something was last put into it, so that an empty one is not taken from under a push. Set at most every ten minutes.
ALTER TABLE repository ADD COLUMN touched timestamptz NOT NULL DEFAULT clock_timestamp();
