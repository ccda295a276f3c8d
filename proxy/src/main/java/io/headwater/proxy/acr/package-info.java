/**
 * The management API of artifact streaming, as clients of ACR use it, with what was deleted and how
 * much is stored (formats/acr-contract.md).
 *
 * <p>Owns the routes below {@code /acr/v1}; what they do is in {@code shared}. Open {@link
 * io.headwater.proxy.acr.AcrRoutes} first.
 */
@NullMarked
package io.headwater.proxy.acr;

import org.jspecify.annotations.NullMarked;
