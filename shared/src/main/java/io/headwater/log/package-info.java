/**
 * How lines of the log are written: whatever a name or a header has in it, one event is one line
 * and moves nothing on the reader's screen. {@code logback.xml} of each program names these.
 *
 * <p>Owns what is put between logback and the line. Open {@link io.headwater.log.PrintableMessage}
 * first.
 */
@NullMarked
package io.headwater.log;

import org.jspecify.annotations.NullMarked;
