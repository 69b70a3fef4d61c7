-- What the image repository knows of its content. PostgreSQL 15 and later, in a schema of its own beside the controllers' tables.
-- Digests are text, algorithm:hex. Times are the database's.

-- One row each: what signs the short-lived tokens of registry clients, and which content store these rows are about.
CREATE TABLE signing_key (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    key bytea   NOT NULL
);
CREATE TABLE store (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id  uuid    NOT NULL
);

CREATE TABLE tenant (
    name  text   PRIMARY KEY,
    -- Of its manifests, and of the blobs that any of its repositories holds, each blob once.
    bytes bigint NOT NULL DEFAULT 0 CHECK (bytes >= 0),
    -- The most that bytes may come to; absent: no limit.
    quota bigint CHECK (quota >= 0)
);

-- A blob is in the store before it is here. Who links it to a repository sets touched first, so that a collector that found it
-- unused a moment ago leaves it.
CREATE TABLE blob (
    digest    text        PRIMARY KEY,
    size      bigint      NOT NULL CHECK (size >= 0),
    touched   timestamptz NOT NULL,
    -- To be deleted: for everybody but the collector it is gone already.
    condemned boolean     NOT NULL DEFAULT false,
    -- Not what its digest says, or not there; whoever pushes it again mends it.
    broken    boolean     NOT NULL DEFAULT false
);
CREATE INDEX blob_condemned ON blob (digest) WHERE condemned;

CREATE TABLE repository (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name   text COLLATE "C" NOT NULL UNIQUE,
    tenant text NOT NULL REFERENCES tenant
);

-- Which blobs a repository holds: the right to read one is the right to read a repository that holds it.
CREATE TABLE blob_link (
    repository bigint      NOT NULL REFERENCES repository,
    digest     text        NOT NULL REFERENCES blob,
    touched    timestamptz NOT NULL,
    PRIMARY KEY (repository, digest)
);
CREATE INDEX blob_link_of ON blob_link (digest);

-- How many of a tenant's repositories hold a blob: it counts once against the quota.
CREATE TABLE tenant_blob (
    tenant text    NOT NULL REFERENCES tenant,
    digest text    NOT NULL,
    links  integer NOT NULL CHECK (links > 0),
    PRIMARY KEY (tenant, digest)
);

CREATE TABLE manifest (
    repository    bigint      NOT NULL REFERENCES repository,
    digest        text        NOT NULL,
    media_type    text        NOT NULL,
    artifact_type text        NOT NULL,
    -- JSON object.
    annotations   text        NOT NULL,
    subject       text,
    body          bytea       NOT NULL,
    created       timestamptz NOT NULL,
    touched       timestamptz NOT NULL,
    PRIMARY KEY (repository, digest)
);
CREATE INDEX manifest_subject ON manifest (repository, subject, digest) WHERE subject IS NOT NULL;

-- A manifest's configuration and layers. The key to blob_link keeps them as long as the manifest, whatever else happens.
CREATE TABLE manifest_blob (
    repository bigint NOT NULL,
    manifest   text   NOT NULL,
    blob       text   NOT NULL,
    PRIMARY KEY (repository, manifest, blob),
    FOREIGN KEY (repository, manifest) REFERENCES manifest ON DELETE CASCADE,
    FOREIGN KEY (repository, blob) REFERENCES blob_link
);
CREATE INDEX manifest_blob_of ON manifest_blob (repository, blob);

-- What an index lists; one of these may be deleted by hand, so there is no key to it.
CREATE TABLE manifest_child (
    repository bigint NOT NULL,
    manifest   text   NOT NULL,
    child      text   NOT NULL,
    PRIMARY KEY (repository, manifest, child),
    FOREIGN KEY (repository, manifest) REFERENCES manifest ON DELETE CASCADE
);

CREATE TABLE tag (
    repository bigint           NOT NULL,
    name       text COLLATE "C" NOT NULL,
    manifest   text             NOT NULL,
    updated    timestamptz      NOT NULL,
    PRIMARY KEY (repository, name),
    FOREIGN KEY (repository, manifest) REFERENCES manifest ON DELETE CASCADE
);
CREATE INDEX tag_of ON tag (repository, manifest);

-- Uploads that are open: whose they are. What has come of them is in the content store.
CREATE TABLE upload (
    id         uuid        PRIMARY KEY,
    repository bigint      NOT NULL REFERENCES repository,
    tenant     text        NOT NULL REFERENCES tenant,
    begun      timestamptz NOT NULL
);
CREATE INDEX upload_of ON upload (tenant);
