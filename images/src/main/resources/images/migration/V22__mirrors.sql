-- Mirrors of other registries: their repositories' names begin with a host's name, which no tenant has, and their row in tenant
-- counts what they take.

-- When the other registry was last known to mean that manifest by the tag; absent: the tag is nobody else's.
ALTER TABLE tag ADD COLUMN checked timestamptz;

-- What a mirrored manifest refers to and its repository does not hold yet. A blob goes from here to manifest_blob as it comes.
CREATE TABLE manifest_wanted (
    repository bigint NOT NULL,
    manifest   text   NOT NULL,
    blob       text   NOT NULL,
    -- As the manifest says.
    size       bigint NOT NULL,
    PRIMARY KEY (repository, manifest, blob),
    FOREIGN KEY (repository, manifest) REFERENCES manifest ON DELETE CASCADE
);
CREATE INDEX manifest_wanted_of ON manifest_wanted (repository, blob);
