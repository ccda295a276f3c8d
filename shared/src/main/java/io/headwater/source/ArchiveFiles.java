package io.headwater.source;

import io.headwater.block.BlockDevice;
import io.headwater.block.DeviceInputStream;
import io.headwater.block.Slice;
import io.headwater.fault.FormatException;
import io.headwater.layer.EntryType;
import io.headwater.layer.LayerLimits;
import io.headwater.layer.TarReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Files in a tar, which is read through once for where they lie. Nothing is unpacked. */
final class ArchiveFiles implements ImageFiles {
  private static final int MAX_LINKS = 10;

  /**
   * An entry.
   *
   * @param link the entry that it stands for; empty for a file
   */
  private record Place(long offset, long size, String link) {}

  private final String name;
  private final BlockDevice archive;
  private final Map<String, Place> places;

  private ArchiveFiles(String name, BlockDevice archive, Map<String, Place> places) {
    this.name = name;
    this.archive = archive;
    this.places = places;
  }

  /**
   * Reads through an archive.
   *
   * @throws FormatException if it is no tar, breaks off, or has a path that leads outside
   */
  static ArchiveFiles open(String name, BlockDevice archive) throws IOException {
    refuseCompressed(name, archive);
    var places = new HashMap<String, Place>();
    var tar = new TarReader(new DeviceInputStream(archive), LayerLimits.DEFAULT);
    try {
      for (var entry = tar.next(); entry != null; entry = tar.next()) {
        var path = clean(entry.name(), "");
        if (entry.type() == EntryType.FILE) {
          places.put(path, new Place(tar.position(), entry.size(), ""));
        } else if (entry.type() == EntryType.SYMLINK) {
          var slash = path.lastIndexOf('/');
          var folder = slash < 0 ? "" : path.substring(0, slash);
          places.put(path, new Place(0, 0, clean(entry.linkName(), folder)));
        } else if (entry.type() == EntryType.HARD_LINK) {
          places.put(path, new Place(0, 0, clean(entry.linkName(), "")));
        }
      }
    } catch (FormatException e) {
      throw e.in("archive " + name);
    }
    return new ArchiveFiles(name, archive, places);
  }

  private static void refuseCompressed(String name, BlockDevice archive) throws IOException {
    if (archive.sizeBytes() < 4) {
      throw new FormatException(
          "archive " + name + ": " + archive.sizeBytes() + " bytes are no tar");
    }
    var magic = archive.read(0, 4);
    var isGzip = magic.getShort(0) == (short) 0x8b1f;
    if (isGzip || magic.getInt(0) == 0xfd2fb528) {
      throw new FormatException(
          "archive "
              + name
              + " is compressed as a whole ("
              + (isGzip ? "gzip" : "zstd")
              + "); expand it first, its layers may stay compressed");
    }
  }

  /** A path from the top, without "." and "..". */
  private static String clean(String path, String folder) throws FormatException {
    var clean = new StringBuilder(folder);
    for (var part : path.split("/")) {
      if (part.equals("..")) {
        if (clean.isEmpty()) {
          throw new FormatException("the path '" + path + "' leads outside");
        }
        clean.setLength(Math.max(0, clean.lastIndexOf("/")));
      } else if (!part.isEmpty() && !part.equals(".")) {
        clean.append(clean.isEmpty() ? "" : "/").append(part);
      }
    }
    if (path.startsWith("/")) {
      throw new FormatException("the path '" + path + "' leads outside");
    }
    return clean.toString();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<BlockDevice> open(String path) throws IOException {
    var place = places.get(path);
    for (int i = 0; place != null && !place.link().isEmpty(); i++) {
      if (i == MAX_LINKS) {
        throw new FormatException("archive " + name + ": too many links at '" + path + "'");
      }
      place = places.get(place.link());
    }
    return place == null
        ? Optional.empty()
        : Optional.of(new Part(new Slice(archive, place.offset(), place.size())));
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
