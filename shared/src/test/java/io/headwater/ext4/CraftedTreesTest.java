package io.headwater.ext4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Trees of blocks that lead to one block again and again, and so would be read for ever. */
@Timeout(60)
class CraftedTreesTest {
  private static final int ENTRIES = 340;
  private long reads;

  private byte[] counted(byte[] block) {
    reads++;
    return block;
  }

  /** A node whose entries all lead to the block below. */
  private static void putNode(byte[] block, int at, int depth, int entries, long child) {
    Bytes.put16(block, at, 0xF30A);
    Bytes.put16(block, at + 2, entries);
    Bytes.put16(block, at + 4, entries);
    Bytes.put16(block, at + 6, depth);
    for (int i = 0; i < entries; i++) {
      Bytes.put32(block, at + 12 + i * 12 + 4, child);
    }
  }

  private static Inode inode() {
    return new Inode(new byte[256], 0, 256);
  }

  @Test
  void extentTreeThatRepeatsItsNodesIsRefused() {
    var inode = inode();
    putNode(inode.block(), Inode.AT_BLOCK, 5, 4, 4);
    assertThatThrownBy(
            () ->
                ExtentTree.read(
                    inode,
                    number -> {
                      var block = new byte[4096];
                      putNode(block, 0, (int) number, number == 0 ? 0 : ENTRIES, number - 1);
                      return counted(block);
                    },
                    node -> {}))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("is twice in a tree");
    assertThat(reads).isLessThan(10);
  }

  @Test
  void blockMapThatRepeatsItsBlocksIsRefused() {
    var inode = inode();
    var last = Inode.AT_BLOCK + 14 * Integer.BYTES;
    Bytes.put32(inode.block(), last, 7);
    assertThatThrownBy(
            () ->
                BlockMap.read(
                    inode,
                    number -> {
                      var block = new byte[4096];
                      for (int i = 0; i < 1024; i++) {
                        Bytes.put32(block, i * Integer.BYTES, 7);
                      }
                      return counted(block);
                    },
                    4096,
                    1L << 30))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("is twice in a block map");
    assertThat(reads).isLessThan(10);
  }

  @Test
  void fileThatMapsOneBlockTwiceIsRefused() {
    assertThatThrownBy(
            () ->
                ExtentTree.requireDisjoint(
                    List.of(new Extent(0, 100, 10), new Extent(10, 50, 5), new Extent(20, 109, 1))))
        .isInstanceOf(FormatException.class)
        .hasMessage("ext4: block 109 is twice in one file");
  }

  @Test
  void fileInPiecesThatTouchIsTaken() throws Exception {
    ExtentTree.requireDisjoint(
        List.of(new Extent(0, 100, 10), new Extent(10, 110, 5), new Extent(20, 90, 10)));
  }
}
