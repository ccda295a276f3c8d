/**
 * Image archives that are put into a folder become images of the registry, and are converted.
 *
 * <p>Owns the folder {@code uploads}. Open {@link io.headwater.proxy.importer.UploadFolder} first.
 */
@NullMarked
package io.headwater.proxy.importer;

import org.jspecify.annotations.NullMarked;
