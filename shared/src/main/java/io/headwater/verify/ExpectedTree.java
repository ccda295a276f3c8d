package io.headwater.verify;

import io.headwater.fault.FormatException;
import io.headwater.layer.ContentSink;
import io.headwater.layer.EntryType;
import io.headwater.layer.TarEntry;
import io.headwater.layer.TarReader;
import io.headwater.oci.Digest;
import java.io.IOException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The file tree that an image's layers make, as a container runtime unpacks them (OCI image spec,
 * layer.md), with a hash of each file's content.
 */
final class ExpectedTree {
  private static final int MAX_SYMLINKS = 40;
  private static final byte[] ZEROS = new byte[1 << 16];

  private final TreeNode root = TreeNode.implicitDirectory(Instant.EPOCH);
  private int layer;

  /** When the current layer went through a directory that it does not describe. */
  private Map<TreeNode, Instant> passed = new HashMap<>();

  TreeNode root() {
    return root;
  }

  /** Applies the next layer. */
  void apply(TarReader tar) throws IOException {
    layer++;
    passed = new HashMap<>();
    for (var entry = tar.next(); entry != null; entry = tar.next()) {
      apply(entry, tar);
    }
    tar.drain();
  }

  private void apply(TarEntry entry, TarReader tar) throws IOException {
    var path = components(entry.name());
    if (path.isEmpty()) {
      root.describe(entry);
      root.describedBy = layer;
      return;
    }
    var name = path.removeLast();
    if (name.startsWith(".wh.")) {
      whiteout(path, name);
      return;
    }
    var parent = walk(path, entry.modified());
    if (parent == null) {
      throw new FormatException("no directory for '" + entry.name() + "'");
    }
    var existing = parent.child(name);
    if (entry.type() == EntryType.DIRECTORY && existing != null && existing.isDirectory()) {
      existing.describe(entry);
      existing.describedBy = layer;
      return;
    }
    var node = entry.type() == EntryType.HARD_LINK ? target(entry) : TreeNode.of(entry);
    if (node == existing) {
      return;
    }
    remove(parent, name);
    if (entry.type() == EntryType.FILE) {
      node.contentHash = hash(tar);
    }
    node.describedBy = layer;
    node.links++;
    parent.children.put(name, new TreeNode.Name(node, layer));
  }

  private TreeNode target(TarEntry entry) throws FormatException {
    var path = components(entry.linkName());
    var name = path.isEmpty() ? "" : path.removeLast();
    var parent = walk(path, null);
    var node = parent == null ? null : parent.child(name);
    if (node == null) {
      throw new FormatException("hard link to '" + entry.linkName() + "', which does not exist");
    }
    return node;
  }

  private static String hash(TarReader tar) throws IOException {
    var digest = Digest.sha256();
    tar.content(
        new ContentSink() {
          @Override
          public void write(byte[] bytes, int offset, int length) {
            digest.update(bytes, offset, length);
          }

          @Override
          public void hole(long length) {
            updateZeros(digest, length);
          }
        });
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void updateZeros(MessageDigest digest, long length) {
    for (long left = length; left > 0; left -= ZEROS.length) {
      digest.update(ZEROS, 0, (int) Math.min(left, ZEROS.length));
    }
  }

  private void whiteout(List<String> path, String name) throws FormatException {
    var parent = walk(path, null);
    if (parent == null) {
      return;
    }
    if (name.equals(".wh..wh..opq")) {
      for (var child : new ArrayList<>(parent.children.keySet())) {
        hide(parent, child);
      }
    } else if (!name.startsWith(".wh..wh.")) {
      hide(parent, name.substring(4));
    }
  }

  private record Hidden(TreeNode parent, String name) {}

  /** Removes what lower layers have put there; without recursion, as trees may be very deep. */
  private void hide(TreeNode top, String topName) {
    var pending = new ArrayDeque<Hidden>();
    pending.push(new Hidden(top, topName));
    while (!pending.isEmpty()) {
      var hidden = pending.pop();
      var found = hidden.parent().children.get(hidden.name());
      if (found == null || found.layer() == layer) {
        continue;
      }
      var node = found.node();
      if (node.isDirectory() && (node.describedBy == layer || passed.containsKey(node))) {
        node.children.keySet().forEach(child -> pending.push(new Hidden(node, child)));
        if (node.describedBy != layer) {
          node.forgetDescription(passed.getOrDefault(node, Instant.EPOCH));
        }
      } else {
        remove(hidden.parent(), hidden.name());
      }
    }
  }

  private static void remove(TreeNode parent, String name) {
    var found = parent.children.remove(name);
    var pending = new ArrayDeque<TreeNode>();
    if (found != null) {
      pending.push(found.node());
    }
    while (!pending.isEmpty()) {
      var node = pending.pop();
      node.links--;
      node.children.values().forEach(child -> pending.push(child.node()));
      if (node.isDirectory()) {
        node.children.clear();
      }
    }
  }

  /** The directory at a path; missing ones are made when a time is given. */
  private @Nullable TreeNode walk(List<String> path, @Nullable Instant createWith)
      throws FormatException {
    var way = new ArrayDeque<TreeNode>();
    way.push(root);
    var names = new ArrayDeque<>(path);
    for (var links = 0; !names.isEmpty(); ) {
      var name = names.pop();
      if (name.isEmpty() || name.equals(".")) {
        continue;
      }
      if (name.equals("..")) {
        if (way.size() > 1) {
          way.pop();
        }
        continue;
      }
      var next = way.element().child(name);
      if (createWith != null && hidesLowerFile(way.element(), name)) {
        remove(way.element(), name);
        next = null;
      }
      if (next == null && createWith != null) {
        next = TreeNode.implicitDirectory(createWith);
        next.links = 1;
        way.element().children.put(name, new TreeNode.Name(next, layer));
      }
      if (next == null) {
        return null;
      }
      if (next.type == EntryType.SYMLINK) {
        if (++links > MAX_SYMLINKS) {
          throw new FormatException("too many symbolic links on the way to " + path);
        }
        if (next.linkName.startsWith("/")) {
          way.clear();
          way.push(root);
        }
        var parts = new ArrayList<>(Arrays.asList(next.linkName.split("/")));
        for (var part : parts.reversed()) {
          names.push(part);
        }
      } else if (next.isDirectory()) {
        way.push(next);
      } else {
        return null;
      }
    }
    if (createWith != null) {
      for (var node : way) {
        passed.putIfAbsent(node, createWith);
      }
    }
    return way.element();
  }

  /** Whether a lower layer has a file there, which a directory of this layer takes the place of. */
  private boolean hidesLowerFile(TreeNode parent, String name) {
    var found = parent.children.get(name);
    return found != null
        && found.layer() < layer
        && !found.node().isDirectory()
        && found.node().type != EntryType.SYMLINK;
  }

  private static List<String> components(String path) {
    var clean = new ArrayList<String>();
    for (var part : path.split("/")) {
      if (part.equals("..")) {
        if (!clean.isEmpty()) {
          clean.removeLast();
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        clean.add(part);
      }
    }
    return clean;
  }
}
