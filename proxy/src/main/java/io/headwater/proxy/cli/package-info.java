/**
 * The verbs of the {@code headwater} command.
 *
 * <p>Owns arguments, settings, and what is printed. Open {@link io.headwater.proxy.cli.Headwater}
 * first.
 */
@NullMarked
package io.headwater.proxy.cli;

import org.jspecify.annotations.NullMarked;
