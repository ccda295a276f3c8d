/**
 * Overlaybd layers and images: {@code tar( ZFile( LSMT( changed blocks of an ext4 file system )))}.
 *
 * <p>Owns how the formats are put into each other, and how a tar's entries become a file system.
 * Knows no store and no registry. Open {@link io.headwater.overlaybd.LayerConverter} first for
 * writing, {@link io.headwater.overlaybd.OverlaybdImage} for reading.
 */
@NullMarked
package io.headwater.overlaybd;

import org.jspecify.annotations.NullMarked;
