package io.headwater.proxy.cli;

import io.headwater.convert.ConversionListener;
import io.headwater.oci.Digest;
import java.io.PrintStream;
import java.util.HashSet;
import java.util.Set;

/** Shows how a conversion goes on: a bar on a terminal, a line for each layer elsewhere. */
final class ProgressBar implements ConversionListener {
  private static final int WIDTH = 40;

  private final PrintStream out;
  private final boolean terminal;
  private long total;
  private long done;
  private int shown = -1;
  private final Set<Digest> layersRead = new HashSet<>();

  ProgressBar(PrintStream out) {
    this.out = out;
    // The launcher knows; the JDK says it of its standard error from 22 on only.
    this.terminal = Boolean.getBoolean("headwater.terminal");
  }

  @Override
  public synchronized void begin(long totalBytes) {
    total = totalBytes;
  }

  @Override
  public synchronized void passedOver(String line) {
    out.println(clear() + line);
  }

  @Override
  public synchronized void read(long bytes) {
    done += bytes;
    var percent = total == 0 ? 100 : (int) Math.min(100, done * 100 / total);
    if (terminal && percent != shown) {
      shown = percent;
      var filled = percent * WIDTH / 100;
      out.printf("\r[%s%s] %3d%%", "#".repeat(filled), ".".repeat(WIDTH - filled), percent);
    }
  }

  @Override
  public synchronized void layerDone(LayerReport layer) {
    layersRead.add(layer.original().digest());
    out.printf(
        "%s%s layer %d of %d: %s -> %s%s%n",
        clear(),
        layer.platform(),
        layer.number(),
        layer.of(),
        ByteSize.print(layer.original().size()),
        ByteSize.print(layer.convertedBytes()),
        layer.reused() ? " (converted before)" : "");
    shown = -1;
  }

  private String clear() {
    return terminal ? "\r" + " ".repeat(WIDTH + 7) + "\r" : "";
  }

  /** Digests of the original's layers that were read and found right. */
  synchronized Set<Digest> layersRead() {
    return Set.copyOf(layersRead);
  }

  synchronized void end() {
    out.print(clear());
  }
}
