package io.mosaic.model;

import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.deser.DeserializationProblemHandler;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.TypeIdResolver;

/**
 * JSON that Mosaic itself wrote, in whatever version: what is stored, and what comes over the link. While an upgrade is
 * under way one version reads what a newer one wrote, so what a version does not know is passed over here, where
 * {@link Json} refuses it: an unknown field is left out, an unknown word of a list of words is read as the one that does
 * the least harm, an unknown kind of message as one that says nothing. All the bounds of {@link Json} hold.
 *
 * <p>Thread-safe.
 */
public final class PeerJson {

    /** What each list of words falls back on; by a reader's lights the most careful of those it knows. */
    private static final Map<Class<?>, Enum<?>> CAREFUL = Map.ofEntries(
            // What the set does is unknown, and nobody acts on that as long as its host answers.
            Map.entry(SetState.class, SetState.LOST),
            // No new sets, nothing evicted.
            Map.entry(HostState.class, HostState.DEGRADED),
            // Neither ended nor removed.
            Map.entry(SetIntent.Run.class, SetIntent.Run.RUNNING),
            Map.entry(ContainerStatus.State.class, ContainerStatus.State.WAITING),
            Map.entry(RestartPolicy.Mode.class, RestartPolicy.Mode.ALWAYS),
            // Never two of it.
            Map.entry(RebuildPolicy.Mode.class, RebuildPolicy.Mode.NEVER),
            Map.entry(CpuPolicy.class, CpuPolicy.SHARED),
            Map.entry(Placement.Per.class, Placement.Per.HOST),
            Map.entry(Placement.Mode.class, Placement.Mode.SPREAD),
            Map.entry(Placement.Part.class, Placement.Part.STANDBY),
            Map.entry(Role.class, Role.VIEWER),
            Map.entry(AppRoles.Promote.class, AppRoles.Promote.MANUAL),
            // Nobody is named and nobody let go: whoever may be primary is kept for it.
            Map.entry(RolesStatus.Phase.class, RolesStatus.Phase.DEMOTING),
            Map.entry(AppResource.Intent.class, AppResource.Intent.PRESENT),
            Map.entry(AppStatus.State.class, AppStatus.State.DEGRADED),
            // Nothing is begun and nothing judged.
            Map.entry(Rollout.State.class, Rollout.State.PAUSED),
            Map.entry(UpdatePolicy.Strategy.class, UpdatePolicy.Strategy.GRAY),
            Map.entry(UpdatePolicy.OnFailure.class, UpdatePolicy.OnFailure.STOP),
            // Without a query it is not known, and what is not known never scales in.
            Map.entry(MetricTarget.Metric.class, MetricTarget.Metric.PROMETHEUS),
            // Good for neither a call nor a host.
            Map.entry(TokenSpec.Purpose.class, TokenSpec.Purpose.OTHER),
            Map.entry(Kind.class, Kind.OTHER));

    /** What a kind of record that is not known is read as. */
    private static final Map<Class<?>, Class<?>> UNKNOWN = Map.of(
            Resource.class, OtherResource.class,
            AgentMessage.class, AgentMessage.Unknown.class,
            ControllerMessage.class, ControllerMessage.Unknown.class,
            StreamControl.class, StreamControl.Unknown.class,
            StreamRequest.class, StreamRequest.Unknown.class);

    /** The reader remembers each kind that it met; a peer that makes up more of them is none of ours. */
    private static final int KINDS_MAX = 64;

    private static final JsonMapper MAPPER = Json.mapper()
            .rebuild()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .addHandler(new Newer())
            .build();

    private PeerJson() {}

    /** @throws ProblemException naming the field and the rule, when no version could have written that */
    public static <T> T read(byte[] json, Class<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JacksonException e) {
            throw Json.problem(e);
        }
    }

    /** @throws ProblemException naming the field and the rule, when no version could have written that */
    public static <T> T read(String json, Class<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JacksonException e) {
            throw Json.problem(e);
        }
    }

    /** The word that an unknown one of that type is read as; null when the type is no list of words. */
    static @Nullable Enum<?> careful(Class<?> type) {
        return CAREFUL.get(type);
    }

    /** Called for what {@link Json} would refuse. */
    private static final class Newer extends DeserializationProblemHandler {
        private final Set<String> kinds = ConcurrentHashMap.newKeySet();

        @Override
        public Object handleWeirdStringValue(
                DeserializationContext context, Class<?> type, String value, String failure) {
            Enum<?> careful = careful(type);
            return careful == null ? NOT_HANDLED : careful;
        }

        /** Of words that are read by a method of their own. */
        @Override
        public Object handleInstantiationProblem(
                DeserializationContext context, Class<?> type, Object argument, Throwable failure) {
            Enum<?> careful = argument instanceof String ? careful(type) : null;
            return careful == null ? NOT_HANDLED : careful;
        }

        @Override
        public @Nullable JavaType handleUnknownTypeId(
                DeserializationContext context, JavaType base, String kind, TypeIdResolver resolver, String failure) {
            Class<?> unknown = UNKNOWN.get(base.getRawClass());
            if (unknown == null || (kinds.size() >= KINDS_MAX && !kinds.contains(kind))) {
                return null;
            }
            kinds.add(kind);
            return context.constructType(unknown);
        }
    }
}
