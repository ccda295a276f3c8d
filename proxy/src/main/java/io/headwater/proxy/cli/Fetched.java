package io.headwater.proxy.cli;

/** Says what looking into an image has cost. */
final class Fetched {
  private Fetched() {}

  static void print(StreamingImage image) {
    long total = 0;
    for (var layer : image.artifact().layers()) {
      total += layer.size();
    }
    System.out.flush();
    System.err.printf(
        "fetched %s in %d ranges, of an artifact of %s%n",
        ByteSize.print(image.traffic().bytes()), image.traffic().requests(), ByteSize.print(total));
  }
}
