/**
 * An ext4 file system written and read in pure Java: no root, no mount, no image on disk.
 *
 * <p>Owns the on-disk structures and where they lie. Knows neither tar nor layers of an image:
 * {@link io.headwater.ext4.Ext4Writer} takes files and says which blocks changed, {@link
 * io.headwater.ext4.Ext4Reader} reads any {@link io.headwater.block.BlockDevice}. Names are raw
 * bytes, carried in strings of one byte a character (ISO 8859-1).
 *
 * <p>Features written, with the kernel that first had them: extents, flex_bg, uninit_bg, huge_file,
 * dir_nlink, extra_isize (2.6.28), 64bit (2.6.28), sparse_super2 (3.14); filetype, dir_index,
 * ext_attr, large_file are older. e2fsprogs since 1.43 knows all.
 */
@NullMarked
package io.headwater.ext4;

import org.jspecify.annotations.NullMarked;
