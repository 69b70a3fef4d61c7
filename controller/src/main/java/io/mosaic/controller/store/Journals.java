package io.mosaic.controller.store;

import io.mosaic.controller.store.Store.AuditQuery;
import io.mosaic.controller.store.Store.EventQuery;
import io.mosaic.model.AuditEntry;
import io.mosaic.model.Event;
import java.util.List;

/** What happened: events and audit entries, which are only ever added to. Thread-safe. */
public interface Journals {

    /** Events, oldest first; their ids grow in the order of commits, so that a reader who goes by id misses none. */
    List<Event> events(EventQuery query) throws StoreException;

    /** Audit entries, oldest first. */
    List<AuditEntry> audit(AuditQuery query) throws StoreException;
}
