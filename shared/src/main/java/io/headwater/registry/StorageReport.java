package io.headwater.registry;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.headwater.fault.FormatException;
import io.headwater.oci.MediaTypes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * How many bytes there are of what. A blob that several images share counts once.
 *
 * @param repositories each by itself
 * @param total all together: less than the sum where repositories share blobs
 */
public record StorageReport(List<RepositoryUse> repositories, Use total) {
  /**
   * Bytes.
   *
   * @param originals of images, with manifests and configs
   * @param streaming of streaming artifacts, with manifests and configs
   * @param shared of blobs that belong to both, and are counted in both
   */
  @JsonPropertyOrder({"originals", "streaming", "shared", "all"})
  public record Use(long originals, long streaming, long shared) {
    /** Bytes that are stored. */
    public long all() {
      return originals + streaming - shared;
    }
  }

  /** The use of one repository. */
  public record RepositoryUse(String repository, Use use) {}

  /** The blobs and manifests of some repositories. */
  private static final class Count {
    private final DigestNumbers originals = new DigestNumbers();
    private final DigestNumbers streaming = new DigestNumbers();

    void add(StoredManifest stored) throws FormatException {
      var references = References.of(stored.bytes(), stored.mediaType());
      var sizes =
          references.artifactType().equals(MediaTypes.STREAMING_ARTIFACT) ? streaming : originals;
      sizes.put(stored.digest(), stored.bytes().length);
      references.blobs().forEach(blob -> sizes.put(blob.digest(), blob.size()));
    }

    void add(Count other) {
      originals.putAll(other.originals);
      streaming.putAll(other.streaming);
    }

    Use use() {
      return new Use(originals.sum(), streaming.sum(), originals.sumOfThoseIn(streaming));
    }
  }

  /** Counts: reads every manifest. */
  public static StorageReport of(Registry registry) throws IOException {
    var all = new Count();
    var repositories = new ArrayList<RepositoryUse>();
    for (var name : registry.repositories()) {
      var count = new Count();
      registry.repository(name).forEachManifest(count::add);
      all.add(count);
      if (!count.originals.isEmpty() || !count.streaming.isEmpty()) {
        repositories.add(new RepositoryUse(name.value(), count.use()));
      }
    }
    return new StorageReport(repositories, all.use());
  }
}
