/**
 * Images made for tests, byte by byte where it matters. Start with {@link Tar} and {@link Images}.
 */
@NullMarked
package io.headwater.sample;

import org.jspecify.annotations.NullMarked;
