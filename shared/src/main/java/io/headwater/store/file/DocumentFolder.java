package io.headwater.store.file;

import io.headwater.oci.Digest;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.Document;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Documents in files. A file is one line with the media type, then the content. Writing is
 * renaming; conditions are checked under a lock that holds between threads and between processes.
 */
final class DocumentFolder {
  /** Folders beside the documents that are none. */
  private static final Set<String> INTERNAL =
      Set.of("blobs", "staging", "locks", FileUploads.FOLDER);

  private final Path root;
  private final Path staging;
  private final FolderLocks locks;

  private DocumentFolder(Path root, Path staging, FolderLocks locks) {
    this.root = root;
    this.staging = staging;
    this.locks = locks;
  }

  static DocumentFolder open(Path root, FolderLocks locks) throws IOException {
    return new DocumentFolder(root, Files.createDirectories(root.resolve("staging")), locks);
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
    return new Document(
        content, new String(file, 0, line, StandardCharsets.UTF_8), etag(file), age);
  }

  private static String etag(byte[] file) {
    return "\"" + Digest.of(file).hex().substring(0, 32) + "\"";
  }

  String put(String name, byte[] content, String mediaType, Condition condition)
      throws StoreException {
    var first = (mediaType.replace("\n", "") + "\n").getBytes(StandardCharsets.UTF_8);
    var file = ByteBuffer.allocate(first.length + content.length).put(first).put(content).array();
    return locked(
        name,
        () -> {
          check(name, condition);
          var target = path(name);
          Files.createDirectories(target.getParent());
          var temporary = staging.resolve(UUID.randomUUID().toString());
          try {
            writeDurably(temporary, file);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
          } finally {
            Files.deleteIfExists(temporary);
          }
          return etag(file);
        });
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
    locked(
        name,
        () -> {
          check(name, condition);
          Files.deleteIfExists(path(name));
          return name;
        });
  }

  List<String> list(String prefix, String after, int limit) throws StoreException {
    var slash = prefix.lastIndexOf('/');
    var folder = slash < 0 ? root : path(prefix.substring(0, slash));
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> slash >= 0 || !isInternal(file))
          .map(this::name)
          .filter(name -> name.startsWith(prefix))
          .filter(name -> after.isEmpty() || compareUtf8(name, after) > 0)
          .sorted(DocumentFolder::compareUtf8)
          .limit(limit)
          .toList();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (java.io.UncheckedIOException e) {
      if (e.getCause() instanceof NoSuchFileException) {
        return list(prefix, after, limit); // a folder went away while it was walked
      }
      throw FileStore.failure("cannot list documents under '" + prefix + "'", new IOException(e));
    } catch (IOException e) {
      throw FileStore.failure("cannot list documents under '" + prefix + "'", e);
    }
  }

  private boolean isInternal(Path file) {
    var top = root.relativize(file).getName(0).toString();
    return INTERNAL.contains(top);
  }

  private String name(Path file) {
    var segments = new StringBuilder();
    for (var segment : root.relativize(file)) {
      segments.append(segments.isEmpty() ? "" : "/").append(decode(segment.toString()));
    }
    return segments.toString();
  }

  private static int compareUtf8(String one, String other) {
    return Arrays.compareUnsigned(
        one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
  }
}
