package io.mosaic.images.api;

import io.mosaic.images.access.AuditTrail;
import io.mosaic.images.access.TokenKeys;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.model.ImageTokenKey;
import io.mosaic.model.Role;
import java.io.IOException;
import java.util.List;

/** The keys that sign the tokens of registry clients. */
final class KeyRoutes {

    private final TokenKeys keys;
    private final AuditTrail audit;

    KeyRoutes(TokenKeys keys, AuditTrail audit) {
        this.keys = keys;
        this.audit = audit;
    }

    List<Route> routes() {
        return List.of(Route.post("/v1/image-token-keys")
                .id("rotateImageTokenKey")
                .tag("images")
                .summary(
                        "Signs tokens of registry clients with a new key from now on; those that were given stay good until they expire")
                .needs(Role.ADMIN)
                .clusterWide()
                .answers(Answer.json(200, "The key that signs from now on", ImageTokenKey.class))
                .handle(ImagesApi.audited(audit, request -> null, this::rotate)));
    }

    private Reply rotate(Request request, AuditTrail.Details details) throws IOException {
        keys.rotate();
        details.tell("key " + keys.currentId());
        return Reply.json(200, new ImageTokenKey(keys.currentId(), keys.lastUntil()));
    }
}
