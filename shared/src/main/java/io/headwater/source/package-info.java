/**
 * Where an image is read from: an archive, an OCI layout, our own registry.
 *
 * <p>Owns the outer formats of images. Open {@link io.headwater.source.ImageSource} first. Knows no
 * conversion.
 */
@NullMarked
package io.headwater.source;

import org.jspecify.annotations.NullMarked;
