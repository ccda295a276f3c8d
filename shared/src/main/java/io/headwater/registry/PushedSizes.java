package io.headwater.registry;

import io.headwater.oci.Descriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalLong;

/**
 * Compares what the descriptors of a pushed manifest state with what the repository has: a size is
 * a claim, which clients, quotas and conversions go by later.
 */
final class PushedSizes {
  private final Repository repository;

  PushedSizes(Repository repository) {
    this.repository = repository;
  }

  /**
   * Checks all that a manifest refers to, and keeps its blobs from being collected as garbage.
   *
   * @throws RegistryException if a blob is missing that has to be there, or something that is there
   *     has another size than stated
   */
  void check(References references) throws IOException {
    for (var blob : distinct(references.blobs())) {
      var size = repository.links().refresh(blob.digest());
      if (size.isEmpty()) {
        throw repository.missing(blob.digest());
      }
      compare("blob", blob, size);
    }
    for (var blob : distinct(references.foreign())) {
      compare("blob", blob, repository.links().refresh(blob.digest()));
    }
    var manifests = new ArrayList<>(references.manifests());
    references.subject().ifPresent(manifests::add);
    var listed = distinct(manifests);
    var sizes = Fetch.all(listed, Fetch.LARGE_AT_ONCE, this::sizeOfManifest);
    for (int i = 0; i < listed.size(); i++) {
      compare("manifest", listed.get(i), sizes.get(i));
    }
  }

  private OptionalLong sizeOfManifest(Descriptor descriptor) throws IOException {
    var stored = repository.manifest(descriptor.digest());
    return stored.isEmpty() ? OptionalLong.empty() : OptionalLong.of(stored.get().bytes().length);
  }

  /** Each digest with each size that is stated for it once. */
  private static List<Descriptor> distinct(List<Descriptor> descriptors) {
    var distinct = new LinkedHashMap<String, Descriptor>();
    for (var descriptor : descriptors) {
      distinct.putIfAbsent(descriptor.digest() + " " + descriptor.size(), descriptor);
    }
    return List.copyOf(distinct.values());
  }

  private static void compare(String what, Descriptor stated, OptionalLong actual) {
    if (actual.isPresent() && actual.getAsLong() != stated.size()) {
      throw new RegistryException(
          ErrorCode.SIZE_INVALID,
          what
              + " "
              + stated.digest()
              + " has "
              + actual.getAsLong()
              + " bytes, its descriptor says "
              + stated.size());
    }
  }
}
