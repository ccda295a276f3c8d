package io.headwater.store.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Goes over the names of documents in order, from a position on. Folders that lie before it are not
 * read; of each folder on the way a window of its names is held.
 */
final class NameWalk {
  private final FolderWindows windows;
  private final String prefix;
  private final String after;
  private final Function<String, Path> path;
  private final Set<String> hidden;
  private final Deque<Frame> frames = new ArrayDeque<>();

  /**
   * A walk.
   *
   * @param after only names behind this one; empty for all
   * @param path of the folder of a name, without its last {@code /}
   * @param hidden folders at the top that have no documents in them
   */
  NameWalk(
      FolderWindows windows,
      String prefix,
      String after,
      Function<String, Path> path,
      Set<String> hidden) {
    this.windows = windows;
    this.prefix = prefix;
    this.after = after;
    this.path = path;
    this.hidden = hidden;
    var folder = prefix.substring(0, prefix.lastIndexOf('/') + 1);
    if (!isHidden(folder)) {
      frames.push(new Frame(folder));
    }
  }

  private boolean isHidden(String folder) {
    return hidden.contains(folder.substring(0, Math.max(0, folder.indexOf('/'))));
  }

  /** The next name; null when there is none. */
  @Nullable String next() throws IOException {
    while (!frames.isEmpty()) {
      var frame = frames.element();
      var key = frame.next();
      var name = frame.folder + (key == null ? "" : key);
      if (key == null || isBehind(name)) {
        frames.pop();
      } else if (key.endsWith("/")) {
        if (!isHidden(name)) {
          frames.push(new Frame(name));
        }
      } else if (name.startsWith(prefix)
          && (after.isEmpty() || FolderWindow.compareUtf8(name, after) > 0)) {
        return name;
      }
    }
    return null;
  }

  /** Whether neither it nor what follows begins with the prefix. */
  private boolean isBehind(String name) {
    return !name.startsWith(prefix)
        && !prefix.startsWith(name)
        && FolderWindow.compareUtf8(name, prefix) > 0;
  }

  /** A folder, as far as it was walked. */
  private final class Frame {
    private final String folder;
    private String position;
    private @Nullable FolderWindow window;
    private int index;

    /**
     * A folder from where the walk begins.
     *
     * @param folder its name, with {@code /} at the end; empty for the top
     */
    Frame(String folder) {
      this.folder = folder;
      var start = FolderWindow.compareUtf8(prefix, after) > 0 ? prefix : after;
      var rest = start.startsWith(folder) ? start.substring(folder.length()) : "";
      this.position =
          rest.substring(0, rest.indexOf('/') < 0 ? rest.length() : rest.indexOf('/') + 1);
    }

    @Nullable String next() throws IOException {
      while (window == null || index == window.names().size()) {
        if (window != null && window.isLast()) {
          return null;
        }
        var name = folder.isEmpty() ? "" : folder.substring(0, folder.length() - 1);
        window = windows.at(path.apply(name), position);
        index = window.index(position);
      }
      var key = window.names().get(index++);
      position = key + "\0"; // the least that is behind it
      return key;
    }
  }
}
