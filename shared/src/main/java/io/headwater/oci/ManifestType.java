package io.headwater.oci;

import io.headwater.fault.FormatException;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/**
 * The media type that a manifest is kept and served under. It follows from the manifest's own bytes
 * alone: what its {@code mediaType} says, and where it has none, as OCI allows ("SHOULD be used",
 * image spec, "Image Manifest Property Descriptions"), what its fields make it. So the same bytes
 * have the same type whoever pushes them, in whatever order, and a digest never changes its type.
 * What a client declares has to agree (distribution spec, "Pushing Manifests": "the Content-Type
 * header MUST match the media type of the manifest").
 */
public final class ManifestType {
  /** Longer ones are not taken; names of RFC 6838 are of 127 characters at most, on either side. */
  public static final int MAX_LENGTH = 255;

  /** RFC 6838, section 4.2, of the one top-level type that browsers do not show. */
  private static final Pattern TYPE =
      Pattern.compile("application/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}");

  /** What browsers run or show all the same. */
  private static final Pattern ACTIVE =
      Pattern.compile(".*(xml|html|script|pdf)", Pattern.CASE_INSENSITIVE);

  private static final String JSON = "application/json";
  private static final String BYTES = "application/octet-stream";

  private ManifestType() {}

  /**
   * The type of a manifest.
   *
   * @param declared what its sender says, without parameters; empty or {@code application/json}
   *     when that says nothing
   * @throws FormatException if it is no JSON object, says nothing of its type, says one that cannot
   *     be served, or another one than is declared
   */
  public static String of(byte[] bytes, String declared) throws FormatException {
    var type = of(Json.object(bytes, "manifest"));
    if (!declared.isEmpty()
        && !declared.equalsIgnoreCase(JSON)
        && !declared.equalsIgnoreCase(type)) {
      throw new FormatException(
          "manifest is of media type '"
              + type
              + "', by its own bytes, but was declared as '"
              + shortened(declared)
              + "'; declare what it is, or say the other type in its 'mediaType'");
    }
    return type;
  }

  private static String of(ObjectNode manifest) throws FormatException {
    var own = manifest.path("mediaType").asString("");
    if (MediaTypes.isManifest(own) || MediaTypes.isIndex(own)) {
      return own;
    }
    if (!own.isEmpty()) {
      if (!canBeServed(own)) {
        throw new FormatException(
            "manifest: 'mediaType' is '"
                + shortened(own)
                + "'; it has to be of the form application/NAME (RFC 6838, section 4.2), of at most "
                + MAX_LENGTH
                + " characters, and nothing that browsers run or show");
      }
      return own;
    }
    if (manifest.has("manifests")) {
      return MediaTypes.OCI_INDEX;
    }
    if (manifest.has("config")) {
      return MediaTypes.OCI_MANIFEST;
    }
    throw new FormatException(
        "manifest: it has neither 'mediaType' nor 'config' nor 'manifests', so that nobody can tell"
            + " what it is");
  }

  /** Whether a client may be given a manifest under this type. */
  public static boolean canBeServed(String type) {
    return type.length() <= MAX_LENGTH
        && TYPE.matcher(type).matches()
        && !ACTIVE.matcher(type).matches();
  }

  /**
   * The type that a manifest is served under which was kept when less was checked.
   *
   * @param kept what is written beside it
   */
  public static String served(String kept, byte[] bytes) {
    if (canBeServed(kept)) {
      return kept;
    }
    try {
      return of(bytes, "");
    } catch (FormatException e) {
      return BYTES;
    }
  }

  /** A Content-Type without its parameters; empty when there is none. */
  public static String withoutParameters(String contentType) {
    var end = contentType.indexOf(';');
    return (end < 0 ? contentType : contentType.substring(0, end)).trim();
  }

  private static String shortened(String text) {
    var shown = text.length() > 80 ? text.substring(0, 80) + "…" : text;
    return shown.replaceAll("[^\\x20-\\x7e]", "?");
  }
}
