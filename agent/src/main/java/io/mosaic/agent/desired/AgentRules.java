package io.mosaic.agent.desired;

import java.util.Set;

/**
 * What this host's operator decided, as far as planning needs it.
 *
 * @param host name of this host; two agents on one daemon tell their containers apart by it
 * @param infraImage image of every infra container
 * @param allowedSysctls sysctls that are not namespaced by Docker and may be set from a privileged infra container
 */
public record AgentRules(String host, String infraImage, Set<String> allowedSysctls) {
    public AgentRules {
        allowedSysctls = Set.copyOf(allowedSysctls);
    }
}
