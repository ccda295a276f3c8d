/**
 * What a node's container runtime is pointed at: a tag is answered with its streaming artifact
 * where there is one.
 *
 * <p>Owns that decision. Open {@link io.headwater.proxy.mirror.StreamingTags} first.
 */
@NullMarked
package io.headwater.proxy.mirror;

import org.jspecify.annotations.NullMarked;
