/**
 * What can be wrong: the errors that every room raises, each one sentence that names what was
 * wrong, where, and what to do; and what is made of any other failure ({@link
 * io.headwater.fault.Sentence}).
 *
 * <p>Owns {@link io.headwater.fault.FormatException} (the input is wrong) and {@link
 * io.headwater.fault.LimitException} (the input is more than a named limit allows). Knows nothing
 * else.
 */
@NullMarked
package io.headwater.fault;

import org.jspecify.annotations.NullMarked;
