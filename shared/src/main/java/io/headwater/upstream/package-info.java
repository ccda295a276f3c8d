/**
 * Images of other registries that are converted here and streamed from there.
 *
 * <p>Owns which registries those are, under which names their repositories are known here, and how
 * artifacts come to be referrers there. Open {@link io.headwater.upstream.Upstreams} first.
 */
@NullMarked
package io.headwater.upstream;

import org.jspecify.annotations.NullMarked;
