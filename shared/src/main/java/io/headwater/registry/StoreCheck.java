package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.Tag;
import io.headwater.store.BlobState;
import io.headwater.store.ContentStore;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks at everything in a store: is each blob and each manifest of its digest, and is everything
 * there that something refers to? What was left behind by a process that was killed and is
 * collected later is no fault.
 */
public final class StoreCheck {
  private static final int READ_BYTES = 128 * 1024;

  private final Registry registry;
  private final ContentStore store;
  private final DigestNumbers blobs = new DigestNumbers();
  private final List<String> faults = new ArrayList<>();
  private int manifests;
  private int tags;
  private long bytes;

  /** What was looked at, and each fault in a sentence. */
  public record Report(
      int repositories, int manifests, int tags, int blobs, long bytes, List<String> faults) {
    public boolean isGood() {
      return faults.isEmpty();
    }
  }

  private StoreCheck(Registry registry) {
    this.registry = registry;
    this.store = registry.store();
  }

  /** Checks: reads every byte. */
  public static Report run(Registry registry) throws IOException {
    return new StoreCheck(registry).run();
  }

  private Report run() throws IOException {
    checkBlobs();
    var names = registry.repositories();
    for (var name : names) {
      check(registry.repository(name));
    }
    return new Report(names.size(), manifests, tags, blobs.size(), bytes, faults);
  }

  private void checkBlobs() throws IOException {
    for (var all = store.blobs(); all.hasNext(); ) {
      var blob = all.next();
      blobs.put(blob.digest(), blob.size());
      check(blob);
    }
  }

  private void check(BlobState blob) throws IOException {
    var computation = blob.digest().computation();
    var buffer = new byte[READ_BYTES];
    try (var in = store.read(blob.digest())) {
      for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
        computation.update(buffer, 0, count);
        bytes += count;
      }
    }
    var actual = Digest.ofHash(blob.digest().algorithm(), computation.digest());
    if (!actual.equals(blob.digest())) {
      faults.add("blob " + blob.digest() + " has the content of " + actual);
    }
  }

  private void check(Repository repository) throws IOException {
    repository.forEachManifest(
        stored -> {
          manifests++;
          check(repository, stored);
        });
    for (var names = repository.tags(); names.hasNext(); ) {
      var name = names.next();
      tags++;
      var digest = repository.tag(new Tag(name));
      if (digest.isPresent() && repository.manifest(digest.get()).isEmpty()) {
        faults.add(
            repository.name() + ":" + name + " names " + digest.get() + ", which is missing");
      }
    }
    repository
        .links()
        .forEach(
            digest -> {
              if (!blobs.contains(digest) && repository.links().find(digest).isPresent()) {
                faults.add(
                    repository.name() + " has a link to blob " + digest + ", which is missing");
              }
            });
    repository
        .deletions()
        .forEach(
            image -> {
              for (var manifest : image.manifests()) {
                checkBlobs(repository, manifest.stored(), "deleted manifest");
              }
            });
  }

  private void check(Repository repository, StoredManifest stored)
      throws StoreException, FormatException {
    var actual = Digest.of(stored.digest().algorithm(), stored.bytes());
    if (!actual.equals(stored.digest())) {
      faults.add(
          "manifest "
              + repository.name()
              + "@"
              + stored.digest()
              + " has the content of "
              + actual);
      return;
    }
    checkBlobs(repository, stored, "manifest");
    var subject = References.of(stored.bytes(), stored.mediaType()).subject();
    if (subject.isPresent()
        && store
            .get(repository.layout().referrer(subject.get().digest(), stored.digest()))
            .isEmpty()) {
      faults.add(
          "manifest "
              + repository.name()
              + "@"
              + stored.digest()
              + " is not among the referrers of "
              + subject.get().digest());
    }
  }

  private void checkBlobs(Repository repository, StoredManifest stored, String what)
      throws StoreException, FormatException {
    try {
      var unused = References.pushed(stored.bytes(), stored.mediaType());
    } catch (FormatException e) {
      faults.add(what + " " + repository.name() + "@" + stored.digest() + ": " + e.getMessage());
      return;
    }
    for (var blob : References.of(stored.bytes(), stored.mediaType()).blobs()) {
      var size = blobs.get(blob.digest());
      var from = what + " " + repository.name() + "@" + stored.digest();
      if (size.isEmpty()) {
        faults.add(from + " refers to blob " + blob.digest() + ", which is missing");
      } else if (size.getAsLong() != blob.size()) {
        faults.add(
            from
                + " refers to blob "
                + blob.digest()
                + " of "
                + blob.size()
                + " bytes; it has "
                + size.getAsLong());
      } else if (what.equals("manifest") && repository.blobSize(blob.digest()).isEmpty()) {
        faults.add(from + " refers to blob " + blob.digest() + ", to which there is no link");
      }
    }
  }
}
