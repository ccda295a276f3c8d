package io.headwater.convert;

import io.headwater.oci.Descriptor;
import io.headwater.oci.Platform;

/**
 * A streaming artifact that a conversion made.
 *
 * @param subject the original platform manifest
 * @param descriptor the artifact's manifest
 * @param bytes sizes of its layers together
 */
public record Artifact(Platform platform, Descriptor subject, Descriptor descriptor, long bytes) {}
