/**
 * What runs again and again for as long as the process does, and serves many: importer, sweepers,
 * timers, queues, watchers of files.
 *
 * <p>Owns how such a loop survives what one of its turns throws, and how it is known that one has
 * ended all the same. Knows nothing of what the loops do. Open {@link io.headwater.loop.Loop}
 * first.
 */
@NullMarked
package io.headwater.loop;

import org.jspecify.annotations.NullMarked;
