/**
 * The OCI distribution API, read side: manifests, blobs by ranges, tags, referrers.
 *
 * <p>Owns HTTP's side of it: paths, headers, ranges, error bodies. The rules are in {@code
 * registry}. Nothing here blocks. Open {@link io.headwater.proxy.v2.RegistryRoutes} first.
 */
@NullMarked
package io.headwater.proxy.v2;

import org.jspecify.annotations.NullMarked;
