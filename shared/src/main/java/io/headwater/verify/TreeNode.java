package io.headwater.verify;

import io.headwater.layer.EntryType;
import io.headwater.layer.TarEntry;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A file of the expected tree. Names that are hard links share one. */
final class TreeNode {
  final EntryType type;

  /** A directory's names. */
  final TreeMap<String, Name> children = new TreeMap<>();

  int permissions;
  int uid;
  int gid;
  Instant modified;
  Map<String, byte[]> xattrs;
  String linkName = "";
  int deviceMajor;
  int deviceMinor;
  long size;
  String contentHash = "";
  int links;

  /** The last layer that describes this directory with an entry of its own. */
  int describedBy;

  /** A name in a directory, and the layer that put it there. */
  record Name(TreeNode node, int layer) {}

  private TreeNode(EntryType type, Instant modified) {
    this.type = type;
    this.permissions = 0755;
    this.modified = modified;
    this.xattrs = Map.of();
  }

  static TreeNode implicitDirectory(Instant modified) {
    return new TreeNode(EntryType.DIRECTORY, modified);
  }

  static TreeNode of(TarEntry entry) {
    var node = new TreeNode(entry.type(), entry.modified());
    node.describe(entry);
    node.linkName = entry.linkName();
    node.deviceMajor = entry.deviceMajor();
    node.deviceMinor = entry.deviceMinor();
    node.size = entry.type() == EntryType.SYMLINK ? entry.linkName().length() : entry.size();
    return node;
  }

  void describe(TarEntry entry) {
    permissions = entry.type() == EntryType.SYMLINK ? 0777 : entry.permissions();
    uid = entry.uid();
    gid = entry.gid();
    modified = entry.modified();
    xattrs = entry.xattrs();
  }

  void forgetDescription(Instant time) {
    permissions = 0755;
    uid = 0;
    gid = 0;
    modified = time;
    xattrs = Map.of();
  }

  boolean isDirectory() {
    return type == EntryType.DIRECTORY;
  }

  @Nullable TreeNode child(String name) {
    var found = children.get(name);
    return found == null ? null : found.node();
  }
}
