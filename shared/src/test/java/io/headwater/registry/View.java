package io.headwater.registry;

import io.headwater.oci.Digest;
import io.headwater.oci.Tag;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Everything that a client can find in a repository, by names.
 *
 * @param tags what they name
 * @param images that are there, and indexes
 * @param referrers of each image that is there
 * @param listed by indexes that are there
 * @param orphans referrers whose subject is not there
 * @param restorable deleted images, with what would come back, tags included
 */
record View(
    Map<String, String> tags,
    Set<String> images,
    Map<String, Set<String>> referrers,
    Set<String> listed,
    Set<String> orphans,
    Map<String, Set<String>> restorable) {

  static View of(Repository app) throws IOException {
    var view =
        new View(
            new TreeMap<>(),
            new TreeSet<>(),
            new TreeMap<>(),
            new TreeSet<>(),
            new TreeSet<>(),
            new TreeMap<>());
    for (var tag : app.tags("", 100)) {
      view.tags.put(tag, app.tag(new Tag(tag)).map(View::name).orElse("nothing"));
    }
    for (var stored : manifests(app)) {
      var subject = stored.subject();
      if (subject.isEmpty()) {
        if (!isList(stored)) {
          view.images.add(name(stored.digest()));
        }
        References.of(stored.bytes(), stored.mediaType())
            .manifests()
            .forEach(child -> view.listed.add(name(child.digest())));
        var referrers = new TreeSet<String>();
        app.referrers(stored.digest(), "").forEach(r -> referrers.add(name(r.digest())));
        for (var served : app.artifacts().of(stored)) {
          referrers.add(name(served.digest()) + " (served)");
        }
        view.referrers.put(name(stored.digest()), referrers);
      } else if (app.manifest(subject.get()).isEmpty()) {
        view.orphans.add(name(stored.digest()));
      }
    }
    var restorable = app.deletions().list().stream().map(DeletedImage.Summary::digest).toList();
    app.deletions()
        .forEach(
            deleted -> {
              if (!restorable.contains(deleted.digest())) {
                return;
              }
              var all = new TreeSet<>(deleted.tags());
              for (var one : deleted.manifests()) {
                all.add(name(one.digest()) + (isServed(app, one.stored()) ? " (served)" : ""));
              }
              view.restorable.put(name(deleted.digest()), all);
            });
    return view;
  }

  /** Clients that push a longer list of referrers leave the shorter one behind, too. */
  private static boolean isList(StoredManifest stored) throws IOException {
    var listed = References.of(stored.bytes(), stored.mediaType()).manifests();
    return listed.stream().anyMatch(one -> one.digest().equals(Stock.SBOM.digest()))
        || listed.stream().anyMatch(one -> one.digest().equals(Stock.ARTIFACT.digest()));
  }

  /** Whether it would be served if it was there. */
  private static boolean isServed(Repository app, StoredManifest artifact) throws IOException {
    var image = artifact.subject();
    return image.isPresent()
        && app.store().get(app.layout().artifact(image.get(), artifact.digest())).isPresent();
  }

  private static String name(Digest digest) {
    return Stock.NAMES.getOrDefault(digest, digest.toString());
  }

  /**
   * Whether this is as good as another one: the same tags and images, and of images that an index
   * lists maybe more; no artifact of an image that is there is missing, and nothing that could be
   * restored. Orphans are collected as garbage.
   */
  boolean isAsGoodAs(View other) {
    return tags.equals(other.tags)
        && images.containsAll(other.images)
        && images.stream().allMatch(image -> other.images.contains(image) || listed.contains(image))
        && haveAll(referrers, other.referrers)
        && haveAll(restorable, other.restorable);
  }

  private static boolean haveAll(Map<String, Set<String>> these, Map<String, Set<String>> those) {
    return those.entrySet().stream()
        .allMatch(one -> these.getOrDefault(one.getKey(), Set.of()).containsAll(one.getValue()));
  }

  @Override
  public String toString() {
    return "tags "
        + tags
        + ", images "
        + referrers
        + ", orphans "
        + orphans
        + ", restorable "
        + restorable;
  }

  static List<StoredManifest> manifests(Repository repository) throws IOException {
    var all = new ArrayList<StoredManifest>();
    repository.forEachManifest(all::add);
    return all;
  }
}
