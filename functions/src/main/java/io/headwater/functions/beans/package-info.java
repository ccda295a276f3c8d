/**
 * The Spring functions behind the triggers, and what they are made of.
 *
 * <p>Owns the app settings and how a failure becomes poison or another try; all the rest is done by
 * {@code shared}. Open {@link io.headwater.functions.beans.Functions} first.
 */
@NullMarked
package io.headwater.functions.beans;

import org.jspecify.annotations.NullMarked;
