package io.headwater.overlaybd;

/**
 * An entry's path from the root: "./x", "/x" and "x" are one, and ".." never leaves the root.
 *
 * @param parent the directories in front, separated by slashes; empty for the root
 * @param name the last component; empty for the root itself
 */
record EntryPath(String parent, String name) {
  static EntryPath of(String path) {
    if (isClean(path)) {
      return split(path);
    }
    var clean = new StringBuilder(path.length());
    for (var part : path.split("/")) {
      if (part.equals("..")) {
        clean.setLength(Math.max(0, clean.lastIndexOf("/")));
      } else if (!part.isEmpty() && !part.equals(".")) {
        clean.append(clean.isEmpty() ? "" : "/").append(part);
      }
    }
    return split(clean.toString());
  }

  private static EntryPath split(String path) {
    var slash = path.lastIndexOf('/');
    return slash < 0
        ? new EntryPath("", path)
        : new EntryPath(path.substring(0, slash), path.substring(slash + 1));
  }

  /** Most paths need no work. */
  private static boolean isClean(String path) {
    return !path.startsWith("/")
        && !path.startsWith(".")
        && !path.endsWith("/")
        && !path.contains("//")
        && !path.contains("/.");
  }

  boolean isRoot() {
    return name.isEmpty();
  }
}
