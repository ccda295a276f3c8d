package io.headwater.upload;

import io.headwater.fault.FormatException;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;

/**
 * What the name of an upload says: {@code <repository>/<tag>.tar} is an archive, {@code
 * <repository>/<tag>.import.json} names an image of another registry.
 */
public record UploadName(RepositoryName repository, Tag tag, Kind kind) {
  /** What an upload is. */
  public enum Kind {
    ARCHIVE(".tar"),
    IMPORT(".import.json");

    private final String ending;

    Kind(String ending) {
      this.ending = ending;
    }
  }

  /** Whether a name is one of an upload; anything else in the same place is left alone. */
  public static boolean looksLikeOne(String name) {
    return name.endsWith(Kind.ARCHIVE.ending) || name.endsWith(Kind.IMPORT.ending);
  }

  /**
   * Reads a name.
   *
   * @throws FormatException if it has no repository in front, or repository or tag are none
   */
  public static UploadName parse(String name) throws FormatException {
    var kind = name.endsWith(Kind.IMPORT.ending) ? Kind.IMPORT : Kind.ARCHIVE;
    var slash = name.lastIndexOf('/');
    if (slash < 0) {
      throw new FormatException(
          "put it into a folder named like its repository: <repository>/<tag>" + kind.ending);
    }
    return new UploadName(
        RepositoryName.parse(name.substring(0, slash)),
        Tag.parse(name.substring(slash + 1, name.length() - kind.ending.length())),
        kind);
  }
}
