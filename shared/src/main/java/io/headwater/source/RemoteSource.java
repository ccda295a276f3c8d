package io.headwater.source;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.Manifest;
import io.headwater.oci.MediaTypes;
import io.headwater.registry.StoredManifest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** An image in any registry, read over its HTTP API; blobs by ranges. */
public final class RemoteSource implements ArtifactSource {
  private static final String ACCEPT =
      String.join(
          ", ",
          MediaTypes.OCI_MANIFEST,
          MediaTypes.OCI_INDEX,
          MediaTypes.DOCKER_MANIFEST,
          MediaTypes.DOCKER_INDEX);

  private final ImageReference image;
  private final RemoteRegistry registry;

  private RemoteSource(ImageReference image, RemoteRegistry registry) {
    this.image = image;
    this.registry = registry;
  }

  /**
   * Opens an image, with the credentials that the environment has (HEADWATER_USERNAME,
   * HEADWATER_PASSWORD).
   */
  public static RemoteSource open(ImageReference image) {
    return open(image, RemoteRegistry.Credentials.ofEnvironment());
  }

  /** Opens an image. */
  public static RemoteSource open(ImageReference image, RemoteRegistry.Credentials credentials) {
    return new RemoteSource(image, new RemoteRegistry(image, credentials));
  }

  /**
   * Opens an image.
   *
   * @param credentials asked for whenever the registry asks
   */
  public static RemoteSource open(
      ImageReference image, Supplier<RemoteRegistry.Credentials> credentials) {
    return new RemoteSource(image, new RemoteRegistry(image, credentials));
  }

  @Override
  public StoredManifest root() throws IOException {
    return manifest(image.reference());
  }

  @Override
  public StoredManifest manifest(Descriptor descriptor) throws IOException {
    return manifest(descriptor.digest().toString());
  }

  @Override
  public Optional<StoredManifest> find(Descriptor descriptor) throws IOException {
    return find(descriptor.digest().toString());
  }

  /** The manifest or index that was asked for; empty if the registry does not have it. */
  public Optional<StoredManifest> find() throws IOException {
    return find(image.reference());
  }

  private StoredManifest manifest(String reference) throws IOException {
    return find(reference)
        .orElseThrow(
            () ->
                new FormatException(
                    image.host()
                        + "/"
                        + image.repository()
                        + " has no manifest '"
                        + reference
                        + "'"));
  }

  private Optional<StoredManifest> find(String reference) throws IOException {
    var found = registry.find("manifests/" + reference, Map.of("Accept", ACCEPT));
    return found.isEmpty() ? Optional.empty() : Optional.of(read(reference, found.get()));
  }

  private static StoredManifest read(String reference, HttpResponse<InputStream> response)
      throws IOException {
    var type = response.headers().firstValue("Content-Type").orElse("").split(";", 2)[0].trim();
    var bytes = RemoteRegistry.small(response);
    var digest = Digest.looksLikeOne(reference) ? Digest.parse(reference) : Digest.of(bytes);
    ImageSource.checkDigest(bytes, digest);
    return new StoredManifest(digest, type, bytes);
  }

  @Override
  public List<StoredManifest> referrers(Digest subject) throws IOException {
    var list = registry.find("referrers/" + subject, Map.of("Accept", MediaTypes.OCI_INDEX));
    if (list.isEmpty()) {
      // Registries without the API keep the list in a tag (OCI distribution spec, "Referrers Tag
      // Schema").
      var tag = subject.algorithm() + "-" + subject.hex();
      list = registry.find("manifests/" + tag, Map.of("Accept", MediaTypes.OCI_INDEX));
    }
    if (list.isEmpty()) {
      return List.of();
    }
    var bytes = RemoteRegistry.small(list.get());
    var found = new ArrayList<StoredManifest>();
    if (Manifest.parse(bytes, MediaTypes.OCI_INDEX) instanceof ImageIndex index) {
      for (var descriptor : index.manifests()) {
        found.add(manifest(descriptor));
      }
    }
    return found;
  }

  @Override
  public InputStream blob(Descriptor descriptor) throws IOException {
    return registry.get("blobs/" + descriptor.digest(), Map.of()).body();
  }

  @Override
  public InputStream blob(Descriptor descriptor, long from) throws IOException {
    if (from == 0) {
      return blob(descriptor);
    }
    var response =
        registry.get("blobs/" + descriptor.digest(), Map.of("Range", "bytes=" + from + "-"));
    if (response.statusCode() != 206) {
      response.body().skipNBytes(from);
    }
    return response.body();
  }

  @Override
  public boolean holds(Descriptor descriptor) throws IOException {
    var expected = Set.of(200, 404);
    var answer =
        registry.send(
            "HEAD", "blobs/" + descriptor.digest(), Map.of(), RemoteRegistry.Body.NONE, expected);
    answer.body().close();
    return answer.statusCode() == 200
        && answer.headers().firstValueAsLong("Content-Length").orElse(-1) == descriptor.size();
  }

  @Override
  public BlockDevice device(Descriptor descriptor) {
    return new RemoteBlob(descriptor);
  }

  private final class RemoteBlob implements BlockDevice {
    private final Descriptor descriptor;

    RemoteBlob(Descriptor descriptor) {
      this.descriptor = descriptor;
    }

    @Override
    public long sizeBytes() {
      return descriptor.size();
    }

    @Override
    public void read(long offsetBytes, ByteBuffer destination) throws IOException {
      var length = destination.remaining();
      BlockDevice.checkRange(offsetBytes, length, sizeBytes());
      if (length == 0) {
        return;
      }
      var range = "bytes=" + offsetBytes + "-" + (offsetBytes + length - 1);
      var response = registry.get("blobs/" + descriptor.digest(), Map.of("Range", range));
      try (var body = response.body()) {
        if (response.statusCode() != 206) {
          throw new FormatException(
              "the registry does not serve ranges: it answered "
                  + range
                  + " with status "
                  + response.statusCode());
        }
        var bytes = body.readNBytes(length);
        if (bytes.length != length) {
          throw new EOFException(
              "blob " + descriptor.digest() + ": " + bytes.length + " bytes came for " + range);
        }
        destination.put(bytes);
      }
    }
  }

  @Override
  public void close() {
    registry.close();
  }
}
