/**
 * The process that nodes and people talk to.
 *
 * <p>Owns the HTTP servers and how the parts are put together. Open {@link
 * io.headwater.proxy.ProxyServer} first.
 */
@NullMarked
package io.headwater.proxy;

import org.jspecify.annotations.NullMarked;
