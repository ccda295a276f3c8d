/**
 * What runs as Azure Functions.
 *
 * <p>Owns the triggers: Azure's annotations and bindings on one side, one Spring {@code Function}
 * bean each on the other, no logic of their own. Open {@link io.headwater.functions.ConvertImage}
 * first, then {@link io.headwater.functions.FunctionBeans}. Knows {@code shared}, and of the proxy
 * only what both keep in the store.
 */
@NullMarked
package io.headwater.functions;

import org.jspecify.annotations.NullMarked;
