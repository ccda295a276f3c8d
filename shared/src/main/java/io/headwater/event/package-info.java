/**
 * What other registries tell of: images that were pushed there and deleted.
 *
 * <p>Owns the forms in which they tell it and what is done about it. Open {@link
 * io.headwater.event.UpstreamEvents} first.
 */
@NullMarked
package io.headwater.event;

import org.jspecify.annotations.NullMarked;
