package io.mosaic.controller.schedule;

/** Why a host cannot take a set. A host that has several reasons counts under the first, in this order. */
public enum Veto {
    NOT_READY("is not ready", "are not ready"),
    CORDONED("is cordoned", "are cordoned"),
    DRAINING("is being drained", "are being drained"),
    ZONE("is in another zone", "are in other zones"),
    POOL("is in another pool", "are in other pools"),
    RESERVED("is in a pool reserved for others", "are in pools reserved for others"),
    LABELS("lacks a label", "lack a label"),
    ARCHITECTURE("has another architecture", "have another architecture"),
    CPU("lacks cpu", "lack cpu"),
    MEMORY("lacks memory", "lack memory"),
    DISK("lacks disk", "lack disk"),
    PORT("has the port taken", "have the port taken"),
    NUMA("has no NUMA node with the cores and memory free", "have no NUMA node with the cores and memory free"),
    MAX_PER_HOST("has the most of its app already", "have the most of its app already"),
    EXCLUSION("has what it excludes or is excluded by", "have what it excludes or is excluded by"),
    DEPENDENCY("lacks what it depends on", "lack what it depends on"),
    ZONE_EXCLUSION(
            "is in a zone with what it excludes or is excluded by",
            "are in zones with what it excludes or is excluded by"),
    ZONE_DEPENDENCY("is in a zone without what it depends on", "are in zones without what it depends on");

    private final String one;
    private final String many;

    Veto(String one, String many) {
        this.one = one;
        this.many = many;
    }

    /** Such as {@code 2 lack memory}. */
    String of(int hosts) {
        return hosts + " " + (hosts == 1 ? one : many);
    }
}
