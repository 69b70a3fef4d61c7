package io.mosaic.agent.desired;

import io.mosaic.model.Event;
import io.mosaic.model.link.SetReport;

/** Hears how the sets of this host are. Called from many threads; must not block. */
public interface HostListener {

    /** How a set is now; replaces what was said of it before. */
    void reported(SetReport report);

    /** What happened. */
    void happened(Event event);
}
