/**
 * Where an image is read from and copied to: an archive, an OCI layout, our own registry, a remote
 * one (as whom: {@link io.headwater.source.RegistryAccounts}).
 *
 * <p>Owns the outer formats of images. Open {@link io.headwater.source.ImageSource} first. Knows no
 * conversion.
 */
@NullMarked
package io.headwater.source;

import org.jspecify.annotations.NullMarked;
