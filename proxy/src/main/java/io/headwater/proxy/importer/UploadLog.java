package io.headwater.proxy.importer;

import io.headwater.convert.ConversionListener;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a conversion's progress to the log: each tenth, and each layer. */
final class UploadLog implements ConversionListener {
  private static final Logger LOG = LoggerFactory.getLogger(UploadLog.class);

  private final ReentrantLock lock = new ReentrantLock();
  private final String name;
  private long total;
  private long done;
  private long loggedTenths;

  UploadLog(String name) {
    this.name = name;
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
  public void read(long bytes) {
    lock.lock();
    try {
      done += bytes;
      var tenths = total == 0 ? 10 : Math.min(10, done * 10 / total);
      if (tenths > loggedTenths) {
        loggedTenths = tenths;
        LOG.info("Converting {}: {}%", name, tenths * 10);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void passedOver(String line) {
    LOG.warn("Converting {}: {}", name, line);
  }

  @Override
  public void layerDone(LayerReport layer) {
    LOG.info(
        "Converted {}: layer {} of {} for {}, {} -> {} bytes{}",
        name,
        layer.number(),
        layer.of(),
        layer.platform(),
        layer.original().size(),
        layer.convertedBytes(),
        layer.reused() ? " (converted before)" : "");
  }
}
