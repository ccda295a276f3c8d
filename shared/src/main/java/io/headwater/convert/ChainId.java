package io.headwater.convert;

import io.headwater.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The identity of a stack of layers (OCI image spec, config.md, "Layer ChainID"). */
final class ChainId {
  private ChainId() {}

  /** The chain IDs of the stacks that end with each layer, lowest first. */
  static List<Digest> of(List<Digest> diffIds) {
    var chain = new ArrayList<Digest>();
    for (var diffId : diffIds) {
      chain.add(
          chain.isEmpty()
              ? diffId
              : Digest.of((chain.getLast() + " " + diffId).getBytes(StandardCharsets.UTF_8)));
    }
    return chain;
  }

  /**
   * Names of the stacks that end with each layer, lowest first, by what was read of them: the
   * original blobs and the diffIDs that they were seen to expand to. A config alone, which anybody
   * may write, leads to none of these names.
   */
  static List<Digest> verified(List<Digest> originals, List<Digest> diffIds) {
    var names = new ArrayList<Digest>();
    var below = "";
    for (int i = 0; i < originals.size(); i++) {
      var stack = below + " " + originals.get(i) + " " + diffIds.get(i);
      names.add(Digest.of(stack.getBytes(StandardCharsets.UTF_8)));
      below = names.getLast().toString();
    }
    return names;
  }

  /** A UUID that follows from a chain ID and what else shows in the bytes. */
  static UUID uuid(Digest chainId, String parameters) {
    return UUID.nameUUIDFromBytes((parameters + " " + chainId).getBytes(StandardCharsets.UTF_8));
  }
}
