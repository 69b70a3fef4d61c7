/**
 * Limits of running containers as the kernel has them, read and written raw: faster than asking the daemon, and possible
 * while it hangs. Works on cgroup v1, v2, and on machines that mount both.
 */
@NullMarked
package io.mosaic.agent.cgroup;

import org.jspecify.annotations.NullMarked;
