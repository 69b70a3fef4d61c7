package io.mosaic.controller.schedule;

/** Why a host cannot take a set. A host that has several reasons counts under the first, in this order. */
public enum Veto {
    NOT_READY("is not ready", "are not ready"),
    CORDONED("is cordoned", "are cordoned"),
    CPU("lacks cpu", "lack cpu"),
    MEMORY("lacks memory", "lack memory"),
    DISK("lacks disk", "lack disk"),
    PORT("has the port taken", "have the port taken");

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
