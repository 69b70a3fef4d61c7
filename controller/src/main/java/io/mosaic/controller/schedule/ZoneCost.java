package io.mosaic.controller.schedule;

import java.util.List;

/** What a zone adds to the cost of each of its hosts. */
interface ZoneCost {

    /** Whether it can differ from zone to zone for such a set. */
    boolean concerns(Ask ask);

    /** @param candidates the zones with a host that could take the set, this one among them */
    double of(Ask ask, Zone zone, List<Zone> candidates);
}
