package io.headwater.proxy.auth;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What can be done with a repository. */
public enum Action {
  /** Read manifests, blobs, tags and referrers. */
  PULL,
  /** Upload blobs and put manifests. */
  PUSH,
  /** Delete, list what was deleted, restore. */
  DELETE,
  /** Streaming settings and operations. */
  METADATA;

  /** As scopes and rules name it. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The actions that a name stands for, ACR's names included; none for one that is not known. */
  static Set<Action> named(String name) {
    return switch (name) {
      case "pull" -> EnumSet.of(PULL);
      case "push" -> EnumSet.of(PUSH);
      case "delete", "deleted_read", "deleted_restore" -> EnumSet.of(DELETE);
      case "metadata", "metadata_read", "metadata_write" -> EnumSet.of(METADATA);
      case "*" -> EnumSet.allOf(Action.class);
      default -> EnumSet.noneOf(Action.class);
    };
  }
}
