package io.mosaic.proof.sim;

/**
 * How often things go wrong, in percent of the occasions. One run draws its own strengths, so that some runs are calm in
 * one respect and wild in another.
 *
 * @param messages that are late; fewer are lost with their connection, or doubled
 * @param store calls of the database that fail, before or after their effect
 * @param crashes commits after which the controller is gone
 * @param docker calls of the daemon that fail, before or after their effect
 */
record Faults(double messages, double store, double crashes, double docker) {

    static final Faults NONE = new Faults(0, 0, 0, 0);

    static Faults draw(World world) {
        return new Faults(strength(world, 20), strength(world, 12), strength(world, 3), strength(world, 12));
    }

    private static double strength(World world, int most) {
        return world.chance(25) ? 0 : world.pick(most * 10 + 1) / 10.0;
    }
}
