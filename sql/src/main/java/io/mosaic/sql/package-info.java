/**
 * PostgreSQL as every process of the platform speaks to it: connections with a limit on all that could wait, migrations, what
 * its errors mean, and the one table that several processes add to.
 */
@NullMarked
package io.mosaic.sql;

import org.jspecify.annotations.NullMarked;
