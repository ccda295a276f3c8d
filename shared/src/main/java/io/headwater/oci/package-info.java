/**
 * The image model: digests, descriptors, manifests, indexes, configs, platforms, names.
 *
 * <p>Owns the JSON documents of the OCI image and distribution specifications, and of Docker's
 * schema 2. Knows no storage and no network. Open {@link io.headwater.oci.Manifest} first.
 */
@NullMarked
package io.headwater.oci;

import org.jspecify.annotations.NullMarked;
