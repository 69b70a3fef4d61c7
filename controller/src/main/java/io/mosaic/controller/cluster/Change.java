package io.mosaic.controller.cluster;

import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import org.jspecify.annotations.Nullable;

/** One change to one resource, as it stands in the change log. */
public sealed interface Change {

    ResourceKey key();

    /** Revision at which it was committed; 0 while it is only decided. */
    long revision();

    /** The same, as committed at that revision. */
    Change at(long revision);

    /**
     * The resource is made, or replaced whole.
     *
     * @param newer the record as it is stored, when a newer version wrote something into it that this one does not know;
     *     null: it is the resource and no more
     */
    record Put(Resource resource, @Nullable String newer) implements Change {
        public Put(Resource resource) {
            this(resource, null);
        }

        @Override
        public ResourceKey key() {
            return resource.key();
        }

        @Override
        public long revision() {
            return resource.revision();
        }

        @Override
        public Put at(long revision) {
            return new Put(resource.withRevision(revision), newer);
        }
    }

    /**
     * The resource is gone.
     *
     * @param last how it was just before, so that watchers can filter on its labels and host
     */
    record Delete(Resource last, long revision) implements Change {
        public Delete(Resource last) {
            this(last, 0);
        }

        @Override
        public ResourceKey key() {
            return last.key();
        }

        @Override
        public Delete at(long revision) {
            return new Delete(last, revision);
        }
    }
}
