package io.headwater.source;

import io.headwater.block.BlockDevice;
import io.headwater.block.DeviceInputStream;
import io.headwater.block.Slice;
import io.headwater.fault.FormatException;
import io.headwater.layer.LayerLimits;
import io.headwater.layer.TarEntry;
import io.headwater.layer.TarReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Files in a tar, which is read through once for where they lie. Nothing is unpacked. */
final class ArchiveFiles implements ImageFiles {
  private static final int MAX_LINKS = 10;
  private static final int SMALLEST_TAR_BYTES = 512;

  /**
   * An entry.
   *
   * @param link the entry that it stands for; empty for a file
   * @param leadsOutside whether it is a link that leaves the archive
   */
  private record Place(long offset, long size, String link, boolean leadsOutside) {
    static Place link(Optional<String> target) {
      return new Place(0, 0, target.orElse(""), target.isEmpty());
    }
  }

  private final String name;
  private final BlockDevice archive;
  private final Map<String, Place> places;

  private ArchiveFiles(String name, BlockDevice archive, Map<String, Place> places) {
    this.name = name;
    this.archive = archive;
    this.places = places;
  }

  /**
   * Reads through an archive. What no image needs is not judged: paths and links that lead outside
   * are kept from being opened, and no more.
   *
   * @throws FormatException if it is no tar, or breaks off
   */
  static ArchiveFiles open(String name, BlockDevice archive) throws IOException {
    if (archive.sizeBytes() < SMALLEST_TAR_BYTES) {
      throw new FormatException(
          "archive " + name + ": " + archive.sizeBytes() + " bytes are no tar");
    }
    var places = new HashMap<String, Place>();
    var tar = TarReader.ofImageArchive(new DeviceInputStream(archive), LayerLimits.DEFAULT);
    try {
      for (var entry = tar.next(); entry != null; entry = tar.next()) {
        var path = clean(entry.name(), "");
        if (path.isPresent()) {
          place(entry, path.get(), tar.position()).ifPresent(p -> places.put(path.get(), p));
        }
      }
    } catch (FormatException e) {
      throw e.in("archive " + name);
    }
    return new ArchiveFiles(name, archive, places);
  }

  private static Optional<Place> place(TarEntry entry, String path, long position) {
    return switch (entry.type()) {
      case FILE -> Optional.of(new Place(position, entry.size(), "", false));
      case SYMLINK -> {
        var slash = path.lastIndexOf('/');
        var folder = slash < 0 ? "" : path.substring(0, slash);
        yield Optional.of(Place.link(clean(entry.linkName(), folder)));
      }
      case HARD_LINK -> Optional.of(Place.link(clean(entry.linkName(), "")));
      case DIRECTORY, CHARACTER_DEVICE, BLOCK_DEVICE, FIFO -> Optional.empty();
    };
  }

  /** A path from the top, without "." and ".."; empty if it leads outside. */
  private static Optional<String> clean(String path, String folder) {
    if (path.startsWith("/")) {
      return Optional.empty();
    }
    var clean = new StringBuilder(folder);
    for (var part : path.split("/")) {
      if (part.equals("..")) {
        if (clean.isEmpty()) {
          return Optional.empty();
        }
        clean.setLength(Math.max(0, clean.lastIndexOf("/")));
      } else if (!part.isEmpty() && !part.equals(".")) {
        clean.append(clean.isEmpty() ? "" : "/").append(part);
      }
    }
    return Optional.of(clean.toString());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<BlockDevice> open(String path) throws IOException {
    var place = places.get(clean(path, "").orElse(""));
    for (int i = 0; place != null && !place.link().isEmpty(); i++) {
      if (i == MAX_LINKS) {
        throw new FormatException("archive " + name + ": too many links at '" + path + "'");
      }
      place = places.get(place.link());
    }
    if (place == null) {
      return Optional.empty();
    }
    if (place.leadsOutside()) {
      throw new FormatException("archive " + name + ": the link '" + path + "' leads outside");
    }
    return Optional.of(new Part(new Slice(archive, place.offset(), place.size())));
  }

  /** A file in the archive; closing it leaves the archive open. */
  private record Part(Slice slice) implements BlockDevice {
    @Override
    public long sizeBytes() {
      return slice.sizeBytes();
    }

    @Override
    public void read(long offsetBytes, java.nio.ByteBuffer destination) throws IOException {
      slice.read(offsetBytes, destination);
    }

    @Override
    public int farBytes() {
      return slice.farBytes();
    }

    @Override
    public void copyTo(FileChannel out, long offsetBytes, long length) throws IOException {
      slice.copyTo(out, offsetBytes, length);
    }
  }

  @Override
  public void close() throws IOException {
    archive.close();
  }
}
