/** The control plane's process: its configuration, and the one place where its parts are put together and taken apart. */
@NullMarked
package io.mosaic.controller;

import org.jspecify.annotations.NullMarked;
