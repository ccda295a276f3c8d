/** Programs of other makes, which tests check against. Start with {@link Command}. */
@NullMarked
package io.headwater.tool;

import org.jspecify.annotations.NullMarked;
