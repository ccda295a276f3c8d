package io.headwater.proxy.cli;

import io.headwater.convert.ConversionListener;
import io.headwater.oci.Digest;
import java.io.PrintStream;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/** Shows how a conversion goes on: a bar on a terminal, a line for each layer elsewhere. */
final class ProgressBar implements ConversionListener {
  private static final int WIDTH = 40;

  private final ReentrantLock lock = new ReentrantLock();
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
  public void begin(long totalBytes) {
    lock.lock();
    try {
      total = totalBytes;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void passedOver(String line) {
    lock.lock();
    try {
      out.println(clear() + line);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void read(long bytes) {
    lock.lock();
    try {
      done += bytes;
      var percent = total == 0 ? 100 : (int) Math.min(100, done * 100 / total);
      if (terminal && percent != shown) {
        shown = percent;
        var filled = percent * WIDTH / 100;
        out.printf("\r[%s%s] %3d%%", "#".repeat(filled), ".".repeat(WIDTH - filled), percent);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void layerDone(LayerReport layer) {
    lock.lock();
    try {
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
    } finally {
      lock.unlock();
    }
  }

  private String clear() {
    return terminal ? "\r" + " ".repeat(WIDTH + 7) + "\r" : "";
  }

  /** Digests of the original's layers that were read and found right. */
  Set<Digest> layersRead() {
    lock.lock();
    try {
      return Set.copyOf(layersRead);
    } finally {
      lock.unlock();
    }
  }

  void end() {
    lock.lock();
    try {
      out.print(clear());
    } finally {
      lock.unlock();
    }
  }
}
