package io.headwater.source;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.Manifest;
import io.headwater.oci.MediaTypes;
import io.headwater.store.file.BlobFolder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.Optional;

/** Writes into an OCI layout folder, which may have images already. */
public final class LayoutWriter {
  private static final byte[] LAYOUT =
      "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8);

  private final Path folder;
  private final BlobFolder blobs;

  private LayoutWriter(Path folder) {
    this.folder = folder;
    this.blobs = BlobFolder.flat(folder);
  }

  /** Opens a layout, which is made when it is missing. */
  public static LayoutWriter open(Path folder) throws IOException {
    if (Files.exists(folder) && !Files.exists(folder.resolve("oci-layout")) && hasFiles(folder)) {
      throw new FormatException(
          folder + " has files in it and is no OCI layout; give an empty or a new folder");
    }
    Files.createDirectories(folder);
    Files.write(folder.resolve("oci-layout"), LAYOUT);
    return new LayoutWriter(folder);
  }

  private static boolean hasFiles(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.findAny().isPresent();
    }
  }

  /** The blobs' files. */
  public BlobFolder blobs() {
    return blobs;
  }

  /** Puts a small blob. */
  public void put(byte[] bytes, Descriptor descriptor) throws IOException {
    try (var stage = blobs.stage(0)) {
      stage.body().write(bytes);
      stage.seal(new byte[0], Optional.of(descriptor.digest()));
    }
  }

  /**
   * Takes a blob from a source, unless it is there: as another name for the same file where that
   * can be, else as a copy. Nobody looks at its bytes: {@link #check} does, for whom nobody else
   * has.
   */
  public void take(ImageSource source, Descriptor descriptor) throws IOException {
    var target = blobs.path(descriptor.digest());
    if (Files.exists(target)) {
      return;
    }
    Files.createDirectories(target.getParent());
    try (var device = source.device(descriptor)) {
      if (device.sizeBytes() != descriptor.size()) {
        throw new FormatException(
            "blob "
                + descriptor.digest()
                + " has "
                + device.sizeBytes()
                + " bytes, its descriptor says "
                + descriptor.size());
      }
      if (!link(source.file(descriptor), target)) {
        copy(device, target);
      }
    }
  }

  private static boolean link(Optional<Path> file, Path target) {
    try {
      if (file.isPresent()) {
        Files.createLink(target, file.get());
      }
      return file.isPresent();
    } catch (IOException | UnsupportedOperationException e) {
      return false; // on another file system, or somebody else's
    }
  }

  private static void copy(BlockDevice device, Path target) throws IOException {
    var unfinished = target.resolveSibling(target.getFileName() + ".unfinished");
    try {
      try (var out =
          FileChannel.open(
              unfinished,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        device.copyTo(out, 0, device.sizeBytes());
      }
      Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  /**
   * Reads a blob, and removes it when it is not of its digest.
   *
   * @throws FormatException if it is not
   */
  public void check(Descriptor descriptor) throws IOException {
    var computation = descriptor.digest().computation();
    var file = blobs.path(descriptor.digest());
    try (var in = new DigestInputStream(Files.newInputStream(file), computation)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    var actual = Digest.ofHash(descriptor.digest().algorithm(), computation.digest());
    if (!actual.equals(descriptor.digest())) {
      Files.delete(file);
      throw new FormatException(
          "the content of " + descriptor.digest() + " has the digest " + actual);
    }
  }

  /**
   * Adds a manifest, which lies among the blobs, to the layout's index; one of the same name is
   * replaced.
   */
  public void addToIndex(Descriptor descriptor) throws IOException {
    var file = folder.resolve("index.json");
    var manifests = new ArrayList<Descriptor>();
    if (Files.exists(file)
        && Manifest.parse(Files.readAllBytes(file), MediaTypes.OCI_INDEX)
            instanceof ImageIndex index) {
      manifests.addAll(index.manifests());
    }
    var name = descriptor.annotation(LayoutSource.REF_NAME);
    manifests.removeIf(
        other ->
            other.digest().equals(descriptor.digest())
                    && other.annotation(LayoutSource.REF_NAME).equals(name)
                || !name.isEmpty() && other.annotation(LayoutSource.REF_NAME).equals(name));
    manifests.add(descriptor);
    var temporary = folder.resolve("index.json.new");
    Files.write(temporary, ImageIndex.of(manifests).toJson());
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Removes what writing left: the folder for unfinished blobs. */
  public void finish() throws IOException {
    var staging = folder.resolve("staging");
    if (Files.exists(staging) && !hasFiles(staging)) {
      Files.delete(staging);
    }
  }
}
