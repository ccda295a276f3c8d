package io.headwater.proxy.importer;

import io.headwater.convert.ConversionListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a conversion's progress to the log: each tenth, and each layer. */
final class UploadLog implements ConversionListener {
  private static final Logger LOG = LoggerFactory.getLogger(UploadLog.class);

  private final String name;
  private long total;
  private long done;
  private long loggedTenths;

  UploadLog(String name) {
    this.name = name;
  }

  @Override
  public synchronized void begin(long totalBytes) {
    total = totalBytes;
  }

  @Override
  public synchronized void read(long bytes) {
    done += bytes;
    var tenths = total == 0 ? 10 : Math.min(10, done * 10 / total);
    if (tenths > loggedTenths) {
      loggedTenths = tenths;
      LOG.info("Converting {}: {}%", name, tenths * 10);
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
