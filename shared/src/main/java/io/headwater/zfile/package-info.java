/**
 * The seekable compressed file: blocks of equal size, each compressed by itself, with a checksum,
 * and an index at the end.
 *
 * <p>Owns everything about the ZFile format (formats/overlaybd.md §2). Does not know what is
 * inside. Open {@link io.headwater.zfile.ZFileWriter} first, then {@link
 * io.headwater.zfile.ZFileReader}.
 */
@NullMarked
package io.headwater.zfile;

import org.jspecify.annotations.NullMarked;
