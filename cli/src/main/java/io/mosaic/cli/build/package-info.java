/**
 * Images made without a daemon: what a Dockerfile says of files and settings, and web applications on a runtime made of this machine's JDK
 * and a Tomcat. Nothing of what is built runs here, so commands of a Dockerfile (RUN) are left to a builder.
 */
@NullMarked
package io.mosaic.cli.build;

import org.jspecify.annotations.NullMarked;
