/**
 * Runs operations on a store in every order of their calls. Open {@link
 * io.headwater.store.order.Explorer} first.
 */
@NullMarked
package io.headwater.store.order;

import org.jspecify.annotations.NullMarked;
