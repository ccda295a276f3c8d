/**
 * One layer's tar as a stream of entries: decompression, dialects, limits, digest and diffID.
 *
 * <p>Owns how a layer is read. Knows nothing of file systems. Open {@link
 * io.headwater.layer.LayerStream} first, then {@link io.headwater.layer.TarReader}. The tar reader
 * is our own, where elsewhere a library is preferred: names and values of extended attributes are
 * raw bytes, which Commons Compress decodes as UTF-8 in PAX headers and so destroys ({@code
 * security.capability}).
 */
@NullMarked
package io.headwater.layer;

import org.jspecify.annotations.NullMarked;
