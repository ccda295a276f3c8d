package io.headwater.store.file;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A file system over a real folder that tells a journal of every change and of every fsync, and
 * counts what is read. What runs over it does not know.
 */
final class RecordedDisk extends FileSystem {
  private final Provider provider = new Provider();
  private final Journal journal;
  private final AtomicLong entriesRead = new AtomicLong();
  private final AtomicLong attributesRead = new AtomicLong();

  RecordedDisk(Journal journal) {
    this.journal = journal;
  }

  /** A real folder, as this file system shows it. */
  Path root(Path folder) {
    return RecordedPath.of(this, folder);
  }

  /** Entries that folders gave since the last time. */
  long entriesRead() {
    return entriesRead.getAndSet(0);
  }

  /** Questions about one file since the last time. */
  long attributesRead() {
    return attributesRead.getAndSet(0);
  }

  private final class Provider extends FileSystemProvider {
    private Path real(Path path) {
      return RecordedPath.real(path);
    }

    @Override
    public String getScheme() {
      return "recorded";
    }

    @Override
    public SeekableByteChannel newByteChannel(
        Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
        throws IOException {
      return newFileChannel(path, options, attributes);
    }

    @Override
    public FileChannel newFileChannel(
        Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
        throws IOException {
      var isNew = !Files.exists(real(path));
      var channel = FileChannel.open(real(path), options, attributes);
      if (isNew) {
        journal.created(real(path));
      } else if (options.contains(StandardOpenOption.TRUNCATE_EXISTING)) {
        journal.truncated(journal.inode(real(path)), 0);
      }
      return new RecordedChannel(channel, journal, journal.inode(real(path)));
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(
        Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
      @SuppressWarnings("StreamResourceLeak") // closed by what is given back
      var stream = Files.newDirectoryStream(real(folder));
      return new DirectoryStream<>() {
        @Override
        public Iterator<Path> iterator() {
          var entries = stream.iterator();
          return new Iterator<>() {
            @Override
            public boolean hasNext() {
              return entries.hasNext();
            }

            @Override
            public Path next() {
              entriesRead.incrementAndGet();
              return root(entries.next());
            }
          };
        }

        @Override
        public void close() throws IOException {
          stream.close();
        }
      };
    }

    @Override
    public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
      Files.createDirectory(real(folder), attributes);
      journal.madeFolder(real(folder));
    }

    @Override
    public void delete(Path path) throws IOException {
      Files.delete(real(path));
      journal.deleted(real(path));
    }

    @Override
    public void move(Path from, Path to, CopyOption... options) throws IOException {
      Files.move(real(from), real(to), options);
      journal.moved(real(from), real(to));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
      attributesRead.incrementAndGet();
      real(path).getFileSystem().provider().checkAccess(real(path), modes);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(
        Path path, Class<A> type, LinkOption... options) throws IOException {
      attributesRead.incrementAndGet();
      return Files.readAttributes(real(path), type, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String names, LinkOption... options)
        throws IOException {
      attributesRead.incrementAndGet();
      return Files.readAttributes(real(path), names, options);
    }

    @Override
    public <V extends FileAttributeView> V getFileAttributeView(
        Path path, Class<V> type, LinkOption... options) {
      return Files.getFileAttributeView(real(path), type, options);
    }

    @Override
    public void setAttribute(Path path, String name, Object value, LinkOption... options)
        throws IOException {
      Files.setAttribute(real(path), name, value, options);
    }

    @Override
    public boolean isSameFile(Path one, Path other) throws IOException {
      return Files.isSameFile(real(one), real(other));
    }

    @Override
    public boolean isHidden(Path path) {
      return false;
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
      return Files.getFileStore(real(path));
    }

    @Override
    public void copy(Path from, Path to, CopyOption... options) {
      throw new UnsupportedOperationException("the store copies no files");
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
      throw new UnsupportedOperationException(uri.toString());
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
      throw new UnsupportedOperationException(uri.toString());
    }

    @Override
    public Path getPath(URI uri) {
      throw new UnsupportedOperationException(uri.toString());
    }
  }

  @Override
  public FileSystemProvider provider() {
    return provider;
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException("stays open");
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public String getSeparator() {
    return "/";
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    throw new UnsupportedOperationException("has no roots of its own");
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    throw new UnsupportedOperationException("has no stores of its own");
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return Set.of("basic");
  }

  @Override
  public Path getPath(String first, String... more) {
    return root(Path.of(first, more));
  }

  @Override
  public PathMatcher getPathMatcher(String pattern) {
    throw new UnsupportedOperationException(pattern);
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    throw new UnsupportedOperationException("no users");
  }

  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException("no watching");
  }
}
