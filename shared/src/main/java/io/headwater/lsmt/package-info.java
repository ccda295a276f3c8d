/**
 * The layered block format: which sectors of a virtual disk a layer changes, and their bytes.
 *
 * <p>Owns everything about the LSMT format (formats/overlaybd.md §1). Knows neither compression nor
 * file systems. Open {@link io.headwater.lsmt.LsmtWriter} first, then {@link
 * io.headwater.lsmt.LsmtReader} and {@link io.headwater.lsmt.MergedDevice}.
 */
@NullMarked
package io.headwater.lsmt;

import org.jspecify.annotations.NullMarked;
