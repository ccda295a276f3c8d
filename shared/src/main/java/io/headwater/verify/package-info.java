/**
 * Whether a streaming artifact is what its original says.
 *
 * <p>Owns a second reading of layers, independent of the one that conversion uses: a tree in
 * memory. Open {@link io.headwater.verify.ArtifactVerifier} first.
 */
@NullMarked
package io.headwater.verify;

import org.jspecify.annotations.NullMarked;
