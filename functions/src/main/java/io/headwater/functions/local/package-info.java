/**
 * Runs the functions without Azure: the same beans and bindings, over a storage account or its
 * emulator.
 *
 * <p>Owns how triggers behave: receipts of blobs, visibility and poison queues, timers, HTTP. Open
 * {@link io.headwater.functions.local.LocalHost} first.
 */
@NullMarked
package io.headwater.functions.local;

import org.jspecify.annotations.NullMarked;
