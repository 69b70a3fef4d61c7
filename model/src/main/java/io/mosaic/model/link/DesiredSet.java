package io.mosaic.model.link;

import io.mosaic.model.SetIntent;
import io.mosaic.model.SetSpec;
import java.util.UUID;

/**
 * What one set should be on its host.
 *
 * @param generation of the spec and intent here
 */
public record DesiredSet(UUID uid, String tenant, String name, long generation, SetSpec spec, SetIntent intent) {}
