-- Images as the Glance API has them: those that came by it, and one for each layer and each image of the repositories.

CREATE TABLE glance_image (
    id               uuid        NOT NULL,
    -- Its owner.
    tenant           text        NOT NULL REFERENCES tenant,
    -- Made from a manifest: it stands for a layer, or for a whole image, of the owner's repositories. Never changed by hand.
    derived          boolean     NOT NULL,
    name             text        NOT NULL,
    status           text        NOT NULL,
    visibility       text        NOT NULL,
    disk_format      text        NOT NULL,
    container_format text        NOT NULL,
    -- The content of one that came by the API, in the owner's repository for that. The key to blob_link keeps it.
    repository       bigint,
    digest           text,
    size             bigint,
    virtual_size     bigint,
    checksum         text        NOT NULL,
    protected        boolean     NOT NULL,
    min_disk         integer     NOT NULL,
    min_ram          integer     NOT NULL,
    hidden           boolean     NOT NULL,
    parent           uuid,
    -- Object of texts.
    properties       jsonb       NOT NULL,
    tags             text[]      NOT NULL,
    created          timestamptz NOT NULL,
    updated          timestamptz NOT NULL,
    -- By which its content is coming, while it does.
    upload           uuid,
    PRIMARY KEY (id, tenant),
    FOREIGN KEY (repository, digest) REFERENCES blob_link
);
CREATE UNIQUE INDEX glance_image_id ON glance_image (id) WHERE NOT derived;
CREATE INDEX glance_image_created ON glance_image (created, id);
CREATE INDEX glance_image_tenant ON glance_image (tenant, created, id);
CREATE INDEX glance_image_name ON glance_image (name);
CREATE INDEX glance_image_parent ON glance_image (parent) WHERE parent IS NOT NULL;
CREATE INDEX glance_image_blob ON glance_image (repository, digest) WHERE digest IS NOT NULL;

-- With whom an image is shared.
CREATE TABLE glance_member (
    image   uuid        NOT NULL,
    tenant  text        NOT NULL,
    member  text        NOT NULL,
    status  text        NOT NULL,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    PRIMARY KEY (image, member),
    FOREIGN KEY (image, tenant) REFERENCES glance_image ON DELETE CASCADE
);
CREATE INDEX glance_member_of ON glance_member (member, image);

-- Which layers a manifest has, from the lowest up, and at the end its configuration; and which derived image each one is.
CREATE TABLE image_part (
    repository bigint  NOT NULL,
    manifest   text    NOT NULL,
    place      integer NOT NULL,
    id         uuid    NOT NULL,
    tenant     text    NOT NULL,
    blob       text    NOT NULL,
    size       bigint  NOT NULL,
    media_type text    NOT NULL,
    PRIMARY KEY (repository, manifest, place),
    FOREIGN KEY (repository, manifest) REFERENCES manifest ON DELETE CASCADE,
    FOREIGN KEY (id, tenant) REFERENCES glance_image
);
CREATE INDEX image_part_of ON image_part (id, tenant, repository, manifest);

-- Whether its parts were looked at; those of before this version were not.
ALTER TABLE manifest ADD COLUMN parted boolean NOT NULL DEFAULT false;
CREATE INDEX manifest_unparted ON manifest (repository, digest) WHERE NOT parted;
