package io.headwater.store.file;

import io.headwater.oci.Digest;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.Cursor;
import io.headwater.store.Document;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Documents in files. A file is one line with the media type, a tab and a version that no other
 * writing ever has, then the content; files of older stores have no version, and their content
 * stands for it. Writing is renaming; conditions are checked under a lock that holds between
 * threads and between processes.
 */
final class DocumentFolder {
  /** Folders beside the documents that are none. */
  private static final Set<String> INTERNAL =
      Set.of("blobs", "staging", "locks", "reserve", FileUploads.FOLDER);

  private final Path root;
  private final Path staging;
  private final DurableFolders folders;
  private final FolderLocks locks;
  private final FolderWindows windows = new FolderWindows();

  private DocumentFolder(Path root, Path staging, DurableFolders folders, FolderLocks locks) {
    this.root = root;
    this.staging = staging;
    this.folders = folders;
    this.locks = locks;
  }

  static DocumentFolder open(Path root, DurableFolders folders, FolderLocks locks)
      throws IOException {
    return new DocumentFolder(
        root, Files.createDirectories(root.resolve("staging")), folders, locks);
  }

  private <T> T locked(String name, FolderLocks.Change<T> change) throws StoreException {
    return locks.locked(name, "cannot write document '" + name + "'", change);
  }

  /** Every byte of a name that is not plain becomes %XX, so that no name leaves the folder. */
  private Path path(String name) {
    var path = root;
    for (var segment : name.split("/", -1)) {
      path = path.resolve(encode(segment));
    }
    return path;
  }

  static String encode(String segment) {
    var out = new StringBuilder();
    for (var b : segment.getBytes(StandardCharsets.UTF_8)) {
      var plain =
          b >= 'a' && b <= 'z'
              || b >= 'A' && b <= 'Z'
              || b >= '0' && b <= '9'
              || b == '_'
              || b == '-';
      if (plain || b == '.' && !out.isEmpty()) {
        out.append((char) b);
      } else {
        out.append("%%%02X".formatted(b & 0xff));
      }
    }
    return out.isEmpty() ? "%" : out.toString();
  }

  static String decode(String file) {
    if (file.equals("%")) {
      return "";
    }
    var out = new byte[file.length()];
    var length = 0;
    for (int i = 0; i < file.length(); i++) {
      if (file.charAt(i) == '%') {
        out[length++] = (byte) Integer.parseInt(file, i + 1, i + 3, 16);
        i += 2;
      } else {
        out[length++] = (byte) file.charAt(i);
      }
    }
    return new String(out, 0, length, StandardCharsets.UTF_8);
  }

  Optional<Document> get(String name) throws StoreException {
    try {
      var file = Files.readAllBytes(path(name));
      // The time last: a document that is replaced in between seems younger, never older.
      return Optional.of(document(file, age(Files.getLastModifiedTime(path(name)).toInstant())));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      if (Files.isDirectory(path(name))
          || e.getMessage() != null && e.getMessage().endsWith("Not a directory")) {
        return Optional.empty();
      }
      throw FileStore.failure("cannot read document '" + name + "'", e);
    }
  }

  private static Duration age(Instant written) {
    var age = Duration.between(written, Instant.now());
    return age.isNegative() ? Duration.ZERO : age;
  }

  private static Document document(byte[] file, Duration age) {
    var line = 0;
    while (line < file.length && file[line] != '\n') {
      line++;
    }
    var content = Arrays.copyOfRange(file, Math.min(file.length, line + 1), file.length);
    var first = new String(file, 0, line, StandardCharsets.UTF_8);
    var tab = first.lastIndexOf('\t');
    return tab < 0
        ? new Document(content, first, quoted(Digest.of(file).hex().substring(0, 32)), age)
        : new Document(content, first.substring(0, tab), quoted(first.substring(tab + 1)), age);
  }

  private static String quoted(String version) {
    return "\"" + version + "\"";
  }

  String put(String name, byte[] content, String mediaType, Condition condition)
      throws StoreException {
    var version = UUID.randomUUID().toString();
    var first =
        (mediaType.replaceAll("[\n\t]", "") + "\t" + version + "\n")
            .getBytes(StandardCharsets.UTF_8);
    var file = ByteBuffer.allocate(first.length + content.length).put(first).put(content).array();
    var target = path(name);
    var folder = parent(target);
    locked(
        name,
        () -> {
          check(name, condition);
          folders.make(folder);
          var temporary = staging.resolve(UUID.randomUUID().toString());
          try {
            writeDurably(temporary, file);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
          } finally {
            Files.deleteIfExists(temporary);
          }
          return name;
        });
    force(name, folder);
    return quoted(version);
  }

  private static Path parent(Path file) {
    return Objects.requireNonNull(file.getParent(), "a document is in a folder");
  }

  /**
   * Not under the lock: others see the change before it is sure, and it is sure before we say so.
   */
  private void force(String name, Path folder) throws StoreException {
    try {
      folders.settle();
      folders.force(folder);
    } catch (IOException e) {
      throw FileStore.failure("cannot write document '" + name + "'", e);
    }
  }

  private static void writeDurably(Path path, byte[] bytes) throws IOException {
    try (var channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      var buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
  }

  private void check(String name, Condition condition) throws StoreException {
    var holds =
        switch (condition) {
          case Condition.Always always -> true;
          case Condition.IfAbsent absent -> get(name).isEmpty();
          case Condition.IfMatch match ->
              get(name).filter(now -> now.etag().equals(match.etag())).isPresent();
        };
    if (!holds) {
      throw new ConflictException("document '" + name + "'");
    }
  }

  void delete(String name, Condition condition) throws StoreException {
    var file = path(name);
    var isRemoved =
        locked(
            name,
            () -> {
              check(name, condition);
              return Files.deleteIfExists(file);
            });
    if (isRemoved) {
      folders.removedFrom(parent(file));
    }
  }

  void mark(String name) throws StoreException {
    var file = path(name);
    var folder = parent(file);
    locked(
        name,
        () -> {
          folders.make(folder);
          return Files.write(file, new byte[0]);
        });
    try {
      folders.markedIn(folder);
    } catch (IOException e) {
      throw FileStore.failure("cannot write document '" + name + "'", e);
    }
  }

  void unmark(String name) throws StoreException {
    locked(name, () -> Files.deleteIfExists(path(name)));
  }

  List<String> list(String prefix, String after, int limit) throws StoreException {
    return page(walk(prefix, after), prefix, limit);
  }

  Cursor<String> names(String prefix) {
    var walk = walk(prefix, "");
    return Cursor.over(() -> page(walk, prefix, Cursor.PAGE));
  }

  private NameWalk walk(String prefix, String after) {
    return new NameWalk(
        windows, prefix, after, name -> name.isEmpty() ? root : path(name), INTERNAL);
  }

  private static List<String> page(NameWalk walk, String prefix, int limit) throws StoreException {
    var page = new ArrayList<String>();
    try {
      while (page.size() < limit) {
        var name = walk.next();
        if (name == null) {
          break;
        }
        page.add(name);
      }
      return page;
    } catch (IOException e) {
      throw FileStore.failure("cannot list documents under '" + prefix + "'", e);
    }
  }
}
