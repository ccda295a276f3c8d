/**
 * A conversion from an image to its streaming artifact.
 *
 * <p>Owns which images are converted, layer reuse by chain ID, the artifact's manifest, and the
 * error codes of formats/acr-contract.md. Open {@link io.headwater.convert.ImageConverter} first.
 */
@NullMarked
package io.headwater.convert;

import org.jspecify.annotations.NullMarked;
