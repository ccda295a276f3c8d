package io.headwater.upload;

import io.headwater.fault.FormatException;
import io.headwater.fault.Sentence;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What the name of an upload says: {@code <repository>/<tag>.tar} is an archive, {@code
 * <repository>/<tag>.import.json} names an image of another registry. Whether and how an archive is
 * compressed, its content says; the name may say it too, in small or in capital letters.
 */
public record UploadName(RepositoryName repository, Tag tag, Kind kind) {
  /** Ends the name of the file in which it is said why an upload is refused. */
  private static final String ERROR = ".error";

  private static final String IMPORT_ENDING = ".import.json";
  private static final List<String> ARCHIVE_ENDINGS =
      List.of(
          ".tar",
          ".tar.gz",
          ".tgz",
          ".tar.zst",
          ".tar.zstd",
          ".tzst",
          ".tar.xz",
          ".txz",
          ".tar.bz2",
          ".tbz2");

  /** What an upload is. */
  public enum Kind {
    ARCHIVE,
    IMPORT
  }

  /**
   * Whether what lies under a name is an upload, which is imported or refused aloud. What else
   * there may be, nobody means to have imported: the refusals, and what begins with a dot, as files
   * do that are still being copied or that an editor has open.
   */
  public static boolean isUpload(String name) {
    return !name.endsWith(ERROR)
        && Arrays.stream(name.split("/")).noneMatch(part -> part.startsWith("."));
  }

  /** The name of the file beside an upload in which it is said why that is refused. */
  public static String ofError(String name) {
    return name + ERROR;
  }

  /** Why an upload is refused, as a sentence for the log and for the file beside it. */
  public static String refusal(String name, Throwable reason) {
    return "'" + name + "' is not imported: " + Sentence.of(reason);
  }

  /**
   * Reads a name.
   *
   * @throws FormatException if it ends as that of no upload does, has no repository in front, or
   *     repository or tag are none
   */
  public static UploadName parse(String name) throws FormatException {
    var small = name.toLowerCase(Locale.ROOT);
    if (small.endsWith(IMPORT_ENDING)) {
      return parse(name, Kind.IMPORT, IMPORT_ENDING);
    }
    for (var ending : ARCHIVE_ENDINGS) {
      if (small.endsWith(ending)) {
        return parse(name, Kind.ARCHIVE, ending);
      }
    }
    throw new FormatException(
        "archives end in .tar, .tar.gz, .tgz, .tar.zst or .tzst, import documents in .import.json");
  }

  private static UploadName parse(String name, Kind kind, String ending) throws FormatException {
    var slash = name.lastIndexOf('/');
    if (slash < 0) {
      throw new FormatException(
          "put it into a folder named like its repository: <repository>/<tag>" + ending);
    }
    return new UploadName(
        RepositoryName.parse(name.substring(0, slash)),
        Tag.parse(name.substring(slash + 1, name.length() - ending.length())),
        kind);
  }
}
