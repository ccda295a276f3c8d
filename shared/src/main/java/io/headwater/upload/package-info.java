/**
 * What users put somewhere to have it imported: image archives, and documents that name an image of
 * another registry.
 *
 * <p>Owns their names, how they become images of our registry and what is remembered of them. Open
 * {@link io.headwater.upload.ImportedUploads} first.
 */
@NullMarked
package io.headwater.upload;

import org.jspecify.annotations.NullMarked;
