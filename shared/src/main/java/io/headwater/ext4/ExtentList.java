package io.headwater.ext4;

import java.util.ArrayList;
import java.util.List;

/** A file's extents while it is written: ascending, joined where they continue each other. */
final class ExtentList {
  private final List<Extent> extents = new ArrayList<>();

  void add(long logical, long physical, long count) {
    var from = logical;
    var at = physical;
    var left = count;
    if (!extents.isEmpty()) {
      var last = extents.getLast();
      if (last.end() == from && last.physical() + last.length() == at) {
        var joined = (int) Math.min(left, Extent.MAX_LENGTH - last.length());
        if (joined > 0) {
          extents.set(
              extents.size() - 1,
              new Extent(last.logical(), last.physical(), last.length() + joined));
        }
        from += joined;
        at += joined;
        left -= joined;
      }
    }
    while (left > 0) {
      var length = (int) Math.min(left, Extent.MAX_LENGTH);
      extents.add(new Extent(from, at, length));
      from += length;
      at += length;
      left -= length;
    }
  }

  List<Extent> extents() {
    return extents;
  }

  /** Data blocks in all. */
  long blocks() {
    long sum = 0;
    for (var extent : extents) {
      sum += extent.length();
    }
    return sum;
  }
}
