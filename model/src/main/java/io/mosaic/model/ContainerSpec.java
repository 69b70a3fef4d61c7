package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonAlias;
import org.jspecify.annotations.Nullable;

/**
 * One business container of a set.
 *
 * @param index start order, unique in the set, 1 to 99 (0 is the infra container)
 * @param name unique in the set; absent means {@code c<index>}
 * @param image name or id of the image
 * @param options how it is started
 */
public record ContainerSpec(
        @JsonAlias("Index") @Nullable Integer index,
        @JsonAlias("Name") @Nullable String name,
        @JsonAlias("Image") @Nullable String image,
        @JsonAlias("Options") ContainerOptions options) {

    public ContainerSpec {
        name = name == null && index != null ? "c" + index : name;
        options = options == null ? ContainerOptions.NONE : options;
    }

    /** The index, which a checked spec has. */
    public int indexOrZero() {
        return index == null ? 0 : index;
    }

    /** The name, which a checked spec has. */
    public String nameOrEmpty() {
        return name == null ? "" : name;
    }

    /** The image, which a checked spec has. */
    public String imageOrEmpty() {
        return image == null ? "" : image;
    }

    /** Only what a container is made with; two that differ in this need two containers. */
    public ContainerSpec asMade() {
        return new ContainerSpec(0, name, image, options.asMade());
    }

    public ContainerSpec withImage(String changed) {
        return new ContainerSpec(index, name, changed, options);
    }

    public ContainerSpec withOptions(ContainerOptions changed) {
        return new ContainerSpec(index, name, image, changed);
    }
}
