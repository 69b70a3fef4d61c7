package io.mosaic.controller.api;

import io.mosaic.kit.http.Notes;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppPlan;
import io.mosaic.model.AppSpec;
import io.mosaic.model.AppSpecRules;
import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerOptions;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.Cpu;
import io.mosaic.model.HealthCheck;
import io.mosaic.model.HostSpec;
import io.mosaic.model.Interval;
import io.mosaic.model.Lifetime;
import io.mosaic.model.Placement;
import io.mosaic.model.PoolSpec;
import io.mosaic.model.Portion;
import io.mosaic.model.Problem;
import io.mosaic.model.RestartPolicy;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetSpecRules;
import io.mosaic.model.SetStatus;
import io.mosaic.model.TenantSpec;
import io.mosaic.model.TokenSpec;
import io.mosaic.model.UpdatePolicy;
import java.util.List;
import java.util.Map;

/** What the OpenAPI document says of the records beyond their types. */
final class ApiNotes {

    private static final String NAME = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";

    private ApiNotes() {}

    static Notes notes() {
        Notes notes = new Notes();
        scalars(notes);
        spec(notes);
        placement(notes);
        containers(notes);
        resources(notes);
        apps(notes);
        ScalingNotes.add(notes);
        return notes;
    }

    private static void scalars(Notes notes) {
        notes.scalar(
                        Cpu.class,
                        Map.of(
                                "description",
                                "Cores, such as 0.5 or \"500m\"; written as a number.",
                                "type",
                                List.of("number", "string"),
                                "minimum",
                                0,
                                "maximum",
                                4096))
                .scalar(
                        Bytes.class,
                        Map.of(
                                "description",
                                "Bytes, such as \"512Mi\", \"1Gi\", \"1.5G\" or 1048576; written as a text.",
                                "type",
                                List.of("string", "integer"),
                                "pattern",
                                "^[0-9]{1,16}(\\.[0-9]{1,9})?(Ki|Mi|Gi|Ti|k|K|M|G|T)?$"))
                .scalar(
                        Interval.class,
                        Map.of(
                                "description",
                                "A length of time with its unit, such as \"500ms\", \"2s\", \"5m\", \"1h\".",
                                "type",
                                "string",
                                "pattern",
                                "^[0-9]{1,16}(\\.[0-9]{1,9})?(ms|s|m|h|d)$"))
                .scalar(
                        Lifetime.class,
                        Map.of(
                                "description",
                                "How long a token is good for, such as \"12h\" or \"365d\"; at most 3653d.",
                                "type",
                                "string",
                                "pattern",
                                "^[0-9]{1,16}(\\.[0-9]{1,9})?(ms|s|m|h|d)$"));
    }

    private static void spec(Notes notes) {
        notes.type(
                        SetSpec.class,
                        "A set: one infra container that holds network, IPC and volume, and the business containers"
                                + " that join it in the order of their index. Index, Image, Options and the like are"
                                + " read too.")
                .required(SetSpec.class, "name", "Unique in the tenant.", "pattern", NAME)
                .component(SetSpec.class, "kind", "Only container so far.", "default", "container")
                .required(SetSpec.class, "resources", "What the whole set may use.")
                .required(
                        SetSpec.class,
                        "containers",
                        "The business containers.",
                        "minItems",
                        1,
                        "maxItems",
                        SetSpecRules.CONTAINERS_MAX)
                .component(SetSpec.class, "volume", "The set's one volume, seen by every container.")
                .component(SetSpec.class, "sysctls", "Kernel settings of the set's namespaces.")
                .component(SetSpec.class, "restart", "What happens when a container ends.")
                .component(SetSpec.class, "labels", "Free for the user; io.mosaic.* is reserved.")
                .required(SetSpec.Resources.class, "cpu", "Cores of the whole set, a hard limit.")
                .required(SetSpec.Resources.class, "memory", "Memory of the whole set, a hard limit.")
                .component(
                        SetSpec.Resources.class,
                        "rootDisk",
                        "Cap of each container's root filesystem, where the host's storage driver can.")
                .required(SetSpec.VolumeClaim.class, "size", "Hard capacity, at least " + SetSpecRules.VOLUME_MIN + ".")
                .required(SetSpec.VolumeClaim.class, "mount", "Absolute path at which containers see it.")
                .component(RestartPolicy.class, "policy", "When to restart.", "default", "always")
                .component(RestartPolicy.class, "initial", "Wait before the first restart; it doubles.")
                .component(RestartPolicy.class, "max", "Longest wait.")
                .component(RestartPolicy.class, "reset", "Time up after which the wait starts anew.")
                .component(RestartPolicy.class, "attempts", "Restarts in a row after which it stays FAILED.");
    }

    private static void placement(Notes notes) {
        notes.component(SetSpec.class, "placement", "Where it may go and would rather go; absent: anywhere.")
                .component(
                        SetSpec.Resources.class,
                        "cpuPolicy",
                        "numa: whole cores and memory of one NUMA node for itself.",
                        "default",
                        "shared")
                .component(Placement.class, "zones", "One of these; empty: any.")
                .component(Placement.class, "pool", "Hosts of this pool only.")
                .component(Placement.class, "hostLabels", "Labels that the host must have.")
                .component(Placement.class, "exclusions", "Sets that it keeps away from; holds both ways.")
                .component(Placement.class, "dependencies", "Sets of which at least one must be there already.")
                .component(Placement.class, "maxPerHost", "The most sets of its app on one host.")
                .component(Placement.class, "spread", "Whether sets of its app keep apart or together.")
                .component(Placement.class, "preferences", "Labels that the host should rather have.")
                .component(Placement.class, "architecture", "As Docker names it, such as arm64.")
                .component(Placement.class, "role", "Primary and standby of an app never share a host, or a zone.")
                .type(Placement.Peer.class, "Other sets of the tenant, named by exactly one of app and label.")
                .component(Placement.Peer.class, "label", "Written key=value.")
                .component(SetStatus.class, "cpuset", "The cores that it has for itself.")
                .component(SetStatus.class, "moving", "Whether it stops here to start on another host.")
                .type(PoolSpec.class, "A pool of hosts; with no tenants and no apps it is open to all.")
                .component(PoolSpec.class, "apps", "Each written tenant/app.")
                .component(PoolSpec.class, "cpuOvercommit", "How often cores are given away.", "default", 1)
                .component(PoolSpec.class, "memoryOvercommit", "How often memory is given away.", "default", 1)
                .component(HostSpec.class, "drain", "How its sets are moved away; absent: they stay.")
                .component(
                        HostSpec.Drain.class,
                        "budget",
                        "How many sets of one app may be down before another is moved.",
                        "default",
                        1)
                .component(
                        HostSpec.Drain.class,
                        "withVolumes",
                        "Moves sets with a volume too; what is in their volumes is lost.");
    }

    private static void containers(Notes notes) {
        notes.required(
                        ContainerSpec.class,
                        "index",
                        "Start order, unique in the set; 0 is the infra container.",
                        "minimum",
                        1,
                        "maximum",
                        99)
                .component(ContainerSpec.class, "name", "Unique in the set; absent: c and the index.", "pattern", NAME)
                .required(ContainerSpec.class, "image", "Name or id of the image.", "maxLength", 255)
                .component(ContainerSpec.class, "options", "How it is started.")
                .component(
                        ContainerOptions.class,
                        "cpuPercent",
                        "Percent of the set's cores; absent: an equal part of what others leave.",
                        "minimum",
                        1,
                        "maximum",
                        100)
                .component(
                        ContainerOptions.class,
                        "memoryPercent",
                        "Percent of the set's memory; absent: an equal part of what others leave.",
                        "minimum",
                        1,
                        "maximum",
                        100)
                .component(ContainerOptions.class, "entrypoint", "Replaces the image's entry point.")
                .component(ContainerOptions.class, "command", "Argument array; no shell reads it.")
                .component(ContainerOptions.class, "ports", "Ports of the set's address that it serves.")
                .component(ContainerOptions.class, "health", "How to tell that it is up.")
                .component(ContainerOptions.class, "ulimits", "By name, such as nofile.")
                .component(ContainerOptions.class, "mounts", "Where it sees the set's volume.")
                .component(
                        ContainerOptions.class,
                        "capabilities",
                        "Linux capabilities beyond Docker's default, each allowed by the controller's configuration.")
                .component(
                        ContainerOptions.Port.class,
                        "container",
                        "Port inside the set.",
                        "minimum",
                        1,
                        "maximum",
                        65535)
                .component(
                        ContainerOptions.Port.class,
                        "host",
                        "Port of the host that leads to it.",
                        "minimum",
                        1,
                        "maximum",
                        65535)
                .component(ContainerOptions.Port.class, "protocol", "tcp or udp.", "default", "tcp")
                .type(HealthCheck.class, "Exactly one of http, tcp and file.")
                .component(HealthCheck.class, "http", "URL on localhost that answers 200 to 399.")
                .component(HealthCheck.class, "tcp", "Port that accepts a connection.", "minimum", 1, "maximum", 65535)
                .component(HealthCheck.class, "file", "Absolute path that exists.")
                .component(HealthCheck.class, "deadline", "From start to the first success.");
    }

    private static void resources(Notes notes) {
        notes.type(SetResource.class, "A set, as asked for and as it is.")
                .component(SetResource.class, "revision", "Of the last change; also the ETag.")
                .component(SetResource.class, "generation", "Counts changes to spec and intent.")
                .component(SetResource.class, "intent", "What the user wants done with it now.")
                .component(SetStatus.class, "reason", "Why it is in this state, for a person.")
                .component(SetStatus.class, "since", "When it entered this state.")
                .type(HostSpec.class, "What operators say of a host.")
                .component(HostSpec.class, "cordoned", "Whether new sets are kept away.")
                .type(TenantSpec.class, "A tenant; absent limits do not limit.")
                .required(TenantSpec.class, "name", "Unique.", "pattern", NAME)
                .component(TokenSpec.class, "secretHash", "Never answered.", "writeOnly", true)
                .required(TokenRoutes.TokenRequest.class, "name", "Unique among tokens.", "pattern", NAME)
                .component(TokenRoutes.TokenRequest.class, "purpose", "api (the default), or join for one host.")
                .component(TokenRoutes.TokenRequest.class, "role", "What an API token may do.")
                .component(TokenRoutes.TokenRequest.class, "tenants", "Which it may act for; empty: all.")
                .component(
                        TokenRoutes.TokenRequest.class,
                        "ttl",
                        "How long it lives; absent: for ever, a join token for a day.")
                .type(Problem.class, "RFC 9457: what is wrong, with every field at fault.")
                .component(Problem.class, "type", "A stable URI reference that a program can switch on.")
                .component(Problem.FieldError.class, "field", "JSON pointer into the body, ?name or a header's name.");
    }

    private static void apps(Notes notes) {
        notes.scalar(
                        Portion.class,
                        Map.of(
                                "description",
                                "A number of instances, or a part of the replicas such as \"25%\".",
                                "type",
                                List.of("integer", "string"),
                                "pattern",
                                "^[0-9]{1,6}%?$"))
                .type(AppSpec.class, "An app: so many sets made from one template, and how they are updated.")
                .required(
                        AppSpec.class, "name", "Unique in the tenant; instances are named NAME-0001.", "pattern", NAME)
                .component(
                        AppSpec.class,
                        "replicas",
                        "Instances wanted.",
                        "default",
                        1,
                        "minimum",
                        0,
                        "maximum",
                        AppSpecRules.REPLICAS_MAX)
                .required(AppSpec.class, "template", "What each instance is: a set without a name.")
                .component(AppSpec.class, "update", "How instances come to a new template.")
                .component(AppSpec.class, "requires", "Apps that must be healthy before this one grows.")
                .component(AppSpec.class, "budget", "How many instances may be down at once.", "default", "25%")
                .component(UpdatePolicy.class, "strategy", "gray: in place; rolling: whole sets.", "default", "gray")
                .component(UpdatePolicy.class, "batch", "Instances updated before they are judged.", "default", "25%")
                .component(UpdatePolicy.class, "canary", "Size of the first batch.")
                .component(UpdatePolicy.class, "pause", "Between two batches.")
                .component(UpdatePolicy.class, "drain", "Time at weight 0 before an instance is touched.")
                .component(UpdatePolicy.class, "minReady", "How long RUNNING before healthy.", "default", "5s")
                .component(UpdatePolicy.class, "deadline", "From change to healthy.", "default", "5m")
                .component(UpdatePolicy.class, "onFailure", "revert all, or stop.", "default", "revert")
                .component(UpdatePolicy.class, "loseVolume", "Whether rolling may replace sets with a volume.")
                .type(AppMember.class, "A set's membership in the app that owns it.")
                .component(AppMember.class, "weight", "What a load balancer should give it, percent; absent: 100.")
                .type(AppPlan.class, "What a change would do, were it made now.")
                .component(AppPlan.class, "batches", "In how many batches the update would go.")
                .type(Rollout.class, "The way of an app from one release to another.")
                .component(Rollout.class, "from", "The proven release, to which a failure goes back.");
    }
}
