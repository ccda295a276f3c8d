package io.headwater.registry;

import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.MediaTypes;
import io.headwater.operation.FixedIds;
import io.headwater.store.Condition;
import io.headwater.store.ContentStore;
import io.headwater.store.ModelStore;
import io.headwater.store.file.FileStore;
import io.headwater.store.order.Operation;
import io.headwater.store.order.Scene;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Operations on a registry that are run at once, and what has to be true of it afterwards. */
final class RegistryScene implements Scene {
  private static final RepositoryLayout LAYOUT = RepositoryLayout.of(Stock.APP);
  private static final Pattern TIME = Pattern.compile("20[2-9]\\d-\\d\\d-\\d\\dT[0-9:.]+Z");

  /**
   * Something that is done with a registry.
   *
   * @param whole what it amounts to, when nobody else does anything meanwhile
   * @param deletes images that it is told to delete, themselves and not with an index
   */
  record Deed(String name, Work work, Work whole, Set<Digest> deletes) {
    interface Work {
      void run(Registry registry) throws Exception;
    }
  }

  private final ModelStore before;
  private final Duration retention;
  private final List<Deed> deeds;
  private String subject = "";
  private @Nullable Path folders;
  private int opened;
  private final Map<List<Integer>, Set<View>> views = new HashMap<>();

  RegistryScene(ModelStore before, Duration retention, List<Deed> deeds) {
    this.before = before;
    this.retention = retention;
    this.deeds = deeds;
  }

  /** The same, in which only such faults count in whose sentence a text is. */
  RegistryScene about(String text) {
    subject = text;
    return this;
  }

  /** What deeds leave behind, made so old that nothing of it is young to who collects garbage. */
  static ModelStore prepared(Duration retention, Duration age, Deed.Work work) throws Exception {
    var store = new ModelStore();
    work.run(new Registry(store, retention));
    var then = Instant.now().minus(age);
    store.age(then, text -> TIME.matcher(text).replaceAll(then.toString()));
    return store;
  }

  /** The same over the store in a folder, in a new folder below this one each time. */
  RegistryScene over(Path parent) {
    folders = parent;
    return this;
  }

  @Override
  public ContentStore store() throws IOException {
    if (folders == null) {
      return before.copy();
    }
    var folder = FileStore.open(folders.resolve(Integer.toString(opened++)));
    for (var name : before.list("", "", Integer.MAX_VALUE)) {
      var document = before.get(name).orElseThrow();
      folder.put(name, document.content(), document.mediaType(), Condition.ALWAYS);
    }
    for (var blob : before.blobs(Optional.empty(), Integer.MAX_VALUE)) {
      try (var stage = folder.stage(0);
          var content = before.read(blob.digest())) {
        content.transferTo(stage.body());
        stage.seal(new byte[0], Optional.of(blob.digest()));
      }
      Files.setLastModifiedTime(
          folder.file(blob.digest()).orElseThrow(), FileTime.from(blob.modified()));
    }
    return folder;
  }

  @Override
  public List<Operation> operations() {
    var operations = new ArrayList<Operation>();
    for (var deed : deeds) {
      var name = "of-deed-" + operations.size();
      operations.add(
          new Operation(
              deed.name(),
              store -> {
                Fetch.AT_ONCE.set(1);
                FixedIds.use(name);
                deed.work().run(new Registry(store, retention));
              }));
    }
    return operations;
  }

  /** Of an index, its images. Those of a list of referrers go with their subjects. */
  @Override
  public List<String> witnessed(String name, byte[] content, String mediaType) {
    if (!MediaTypes.isIndex(mediaType) || !name.startsWith(LAYOUT.manifests())) {
      return List.of();
    }
    return References.of(content, mediaType).manifests().stream()
        .map(Descriptor::digest)
        .filter(Stock.IMAGES::contains)
        .map(LAYOUT::manifest)
        .toList();
  }

  /**
   * An index may be put without its images. One that was there when the index was put stays while
   * the index does, unless it is deleted itself.
   */
  private void checkIndexes(ContentStore store, Repository app, List<String> faults)
      throws IOException {
    for (var index : View.manifests(app)) {
      var note = store.get(Scene.note(LAYOUT.manifest(index.digest())));
      var then = note.map(found -> found.text().lines().toList()).orElse(List.of());
      for (var name : then) {
        var image = RepositoryLayout.digest(LAYOUT.manifests(), name);
        var isDeleted = deeds.stream().anyMatch(deed -> deed.deletes().contains(image));
        if (!isDeleted && store.get(name).isEmpty()) {
          faults.add(
              "index '%s' lost %s, which was there when it was put"
                  .formatted(Stock.NAMES.get(index.digest()), Stock.NAMES.get(image)));
        }
      }
    }
  }

  @Override
  public List<String> faults(ContentStore store, List<Optional<Throwable>> ends) throws Exception {
    var faults = new ArrayList<String>();
    var done = new ArrayList<Integer>();
    for (int i = 0; i < ends.size(); i++) {
      if (ends.get(i).isEmpty()) {
        done.add(i);
      } else if (!(ends.get(i).get() instanceof RegistryException)) {
        faults.add("'" + deeds.get(i).name() + "' failed: " + ends.get(i).get());
      }
    }
    var registry = new Registry(store, retention);
    faults.addAll(StoreCheck.run(registry).faults());
    checkIndexes(store, Stock.app(registry), faults);
    faults.addAll(Announcements.faults(registry));
    var view = View.of(Stock.app(registry));
    if (oneAfterTheOther(done).stream().noneMatch(view::isAsGoodAs)) {
      var could = new StringBuilder();
      oneAfterTheOther(done).forEach(other -> could.append("\n    ").append(other));
      faults.add(
          "one after the other, the operations do not leave\n    " + view + "\n  but" + could);
    }
    if (store instanceof ModelStore model) {
      restoreAll(model, faults);
    }
    return faults.stream().filter(fault -> fault.contains(subject)).toList();
  }

  /** What is there when operations run as wholes, in each order. Who failed did nothing. */
  private Set<View> oneAfterTheOther(List<Integer> done) throws Exception {
    var found = views.get(done);
    if (found == null) {
      found = new HashSet<>();
      permute(done, new ArrayList<>(), found);
      views.put(done, found);
    }
    return found;
  }

  private void permute(List<Integer> left, List<Integer> order, Set<View> found) throws Exception {
    if (left.isEmpty()) {
      var registry = new Registry(before.copy(), retention);
      for (var deed : order) {
        try {
          deeds.get(deed).whole().run(registry);
        } catch (RegistryException e) {
          // refused, as it may be
        }
      }
      found.add(View.of(Stock.app(registry)));
    }
    for (var next : left) {
      var others = left.stream().filter(other -> !other.equals(next)).toList();
      var longer = new ArrayList<>(order);
      longer.add(next);
      permute(others, longer, found);
    }
  }

  /** What was deleted can be had back, whole. */
  private void restoreAll(ModelStore store, List<String> faults) throws IOException {
    for (var deleted : Stock.app(new Registry(store, retention)).deletions().list()) {
      var registry = new Registry(store.copy(), retention);
      try {
        Stock.app(registry).deletions().restore(deleted.digest(), Optional.empty(), false);
      } catch (RegistryException e) {
        faults.add(Stock.NAMES.get(deleted.digest()) + " cannot be restored: " + e.getMessage());
        continue;
      }
      StoreCheck.run(registry).faults().forEach(fault -> faults.add("restored: " + fault));
    }
  }
}
