/**
 * What clients may take of this process: connections, heads of requests, requests, time, memory.
 *
 * <p>Owns the bounds that docs/limits.md lists for the HTTP servers. Knows nothing of registries:
 * it sees connections, messages and bytes. Open {@link io.headwater.proxy.limit.Connections} first.
 */
@NullMarked
package io.headwater.proxy.limit;

import org.jspecify.annotations.NullMarked;
