package io.headwater.operation;

import io.headwater.registry.PushedManifest;
import io.headwater.registry.Registry;
import java.io.IOException;

/** Deals with pushes that another process has announced ({@link PushedManifest}). Blocks. */
public final class AnnouncedPushes {
  private final Registry registry;
  private final AutoConversion conversions;

  public AnnouncedPushes(Registry registry, AutoConversion conversions) {
    this.registry = registry;
    this.conversions = conversions;
  }

  /**
   * To be called when there may be an announcement of that name.
   *
   * @return one sentence about what was done
   * @throws io.headwater.fault.FormatException if the name is none of an announcement
   */
  public String take(String name) throws IOException {
    var store = registry.store();
    var pushed = PushedManifest.find(store, name);
    if (pushed.isEmpty()) {
      return "'" + name + "' was dealt with before";
    }
    var repository = pushed.get().repository();
    var image = repository + "@" + pushed.get().digest();
    var manifest = registry.repository(repository).manifest(pushed.get().digest());
    if (manifest.isEmpty()) {
      pushed.get().done(store);
      return image + " is gone";
    }
    var operation = conversions.pushed(repository, manifest.get(), "push " + pushed.get().etag());
    pushed.get().done(store);
    return operation
        .map(filed -> image + " is converted: operation " + filed.id())
        .orElse(image + " is not converted: streaming is Inactive, or it is no image");
  }
}
