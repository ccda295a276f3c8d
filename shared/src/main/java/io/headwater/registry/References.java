package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.Manifest;
import io.headwater.oci.MediaTypes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a manifest refers to, of whatever media type it is: of types that are not known, the
 * descriptors in {@code config}, {@code layers}, {@code blobs} and {@code manifests}.
 *
 * @param blobs that the repository has to have
 * @param foreign blobs that it may have, or leave to where their descriptors point
 * @param manifests that an index lists; a sparse one's are not all there
 * @param subject what it is a referrer of
 * @param artifactType as the referrers API shows it; empty for none
 */
record References(
    List<Descriptor> blobs,
    List<Descriptor> foreign,
    List<Descriptor> manifests,
    Optional<Descriptor> subject,
    String artifactType,
    Map<String, String> annotations) {

  private static final Pattern DIGEST =
      Pattern.compile("(sha256|sha512):([a-f0-9]{128}|[a-f0-9]{64})");

  /**
   * Reads a manifest that is pushed.
   *
   * @throws FormatException if it is no JSON object, or breaks the rules of its media type
   * @throws LimitException if it is larger than {@link Manifest#MAX_BYTES}
   */
  static References pushed(byte[] bytes, String mediaType) throws FormatException {
    if (MediaTypes.isManifest(mediaType) || MediaTypes.isIndex(mediaType)) {
      return of(Manifest.parse(bytes, mediaType));
    }
    Manifest.requireSize(bytes);
    var json = Field.document(bytes, "manifest");
    var blobs = new ArrayList<Descriptor>();
    json.field("config").optional(Descriptor::read).ifPresent(blobs::add);
    blobs.addAll(json.field("layers").listOrNone(Descriptor::read));
    blobs.addAll(json.field("blobs").listOrNone(Descriptor::read));
    return new References(
        blobs,
        List.of(),
        json.field("manifests").listOrNone(Descriptor::read),
        json.field("subject").optional(Descriptor::read),
        json.field("artifactType").textOr(""),
        json.field("annotations").optional(Field::texts).orElse(Map.of()));
  }

  /**
   * Reads a manifest that a repository has. One that was taken by other rules than today's refers
   * to whatever it names by a digest: so it can be deleted, and what it may need is kept.
   */
  static References of(byte[] bytes, String mediaType) {
    try {
      return pushed(bytes, mediaType);
    } catch (FormatException e) {
      return guessed(bytes);
    }
  }

  private static References guessed(byte[] bytes) {
    try {
      var json = Field.document(bytes, "manifest");
      var named = new ArrayList<Descriptor>();
      for (var holder : json.json().findParents("digest")) {
        var text = holder.path("digest").asString("");
        if (Digest.isOne(text)) {
          named.add(Descriptor.of("", Digest.parse(text), 0));
        }
      }
      var subject = json.json().path("subject").path("digest").asString("");
      // Kept where they are here, and never linked: nobody has checked that they were.
      return new References(
          List.of(),
          named,
          named,
          Digest.isOne(subject)
              ? Optional.of(Descriptor.of("", Digest.parse(subject), 0))
              : Optional.empty(),
          json.json().path("artifactType").asString(""),
          Map.of());
    } catch (FormatException e) {
      // Not even JSON by today's bounds: whatever looks like a digest in it may be needed.
      var named = new ArrayList<Descriptor>();
      var text = new String(bytes, StandardCharsets.ISO_8859_1);
      for (var found = DIGEST.matcher(text); found.find(); ) {
        if (Digest.isOne(found.group())) {
          named.add(Descriptor.of("", new Digest(found.group(1), found.group(2)), 0));
        }
      }
      return new References(List.of(), named, List.of(), Optional.empty(), "", Map.of());
    }
  }

  private static References of(Manifest manifest) {
    var annotations = manifest.annotations();
    var blobs = new ArrayList<Descriptor>();
    var foreign = new ArrayList<Descriptor>();
    var manifests = new ArrayList<Descriptor>();
    switch (manifest) {
      case ImageManifest image -> {
        blobs.add(image.config());
        for (var layer : image.layers()) {
          // What may not be distributed is fetched from elsewhere.
          (layer.isForeign() ? foreign : blobs).add(layer);
        }
      }
      case ImageIndex index -> manifests.addAll(index.manifests());
    }
    return new References(
        blobs,
        foreign,
        manifests,
        Optional.ofNullable(manifest.subject()),
        manifest.effectiveArtifactType().orElse(""),
        annotations == null ? Map.of() : annotations);
  }
}
