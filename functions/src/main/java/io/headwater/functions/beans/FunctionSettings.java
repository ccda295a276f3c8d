package io.headwater.functions.beans;

import io.headwater.block.ByteCount;
import io.headwater.fault.FormatException;
import io.headwater.source.RegistryAccounts;
import io.headwater.source.RemoteRegistry.Credentials;
import io.headwater.source.Unpacking;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.core.env.Environment;
import org.springframework.format.annotation.DurationFormat.Style;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/**
 * The app settings (docs/azure.md).
 *
 * @param account the storage account's blob endpoint, or a connection string
 * @param container that holds the registry
 * @param uploads container for uploads
 * @param queue with the conversions
 * @param deleteUploads whether an upload is deleted once it is imported
 * @param importHosts registries from which images may be imported
 * @param upstreams registries whose images are converted here
 * @param accounts credentials, by registry
 * @param retention deleted images can be restored for so long
 * @param grace what was wanted within it is not garbage
 * @param maxOperations that are over and kept of each repository
 * @param storageThresholdBytes more than this stored is reported
 * @param unpacking of uploads that are compressed as a whole
 * @param parallel conversions at once in this process
 */
record FunctionSettings(
    String account,
    String container,
    String uploads,
    String queue,
    boolean deleteUploads,
    Set<String> importHosts,
    Set<String> upstreams,
    Map<String, Credentials> accounts,
    Duration retention,
    Duration grace,
    int maxOperations,
    long storageThresholdBytes,
    Unpacking unpacking,
    int parallel) {
  /** The connection that the bindings name. */
  static final String STORAGE = "HeadwaterStorage";

  static final String CONTAINER = "HEADWATER_CONTAINER";
  static final String UPLOADS = "HEADWATER_UPLOADS";
  static final String QUEUE = "HEADWATER_QUEUE";

  /** What a conversion may take, beside what the runtime takes. */
  private static final long CONVERSION_BYTES = 512L << 20;

  private static final long RUNTIME_BYTES = 256L << 20;

  /**
   * Reads the settings.
   *
   * @throws FormatException if one of them cannot be understood; the message has no secret
   */
  static FunctionSettings of(Environment app) throws FormatException {
    var endpoint = app.getProperty(STORAGE + "__blobServiceUri");
    return new FunctionSettings(
        endpoint != null ? endpoint : required(app, STORAGE),
        app.getProperty(CONTAINER, "registry"),
        app.getProperty(UPLOADS, "uploads"),
        app.getProperty(QUEUE, "conversions"),
        Boolean.parseBoolean(app.getProperty("HEADWATER_DELETE_UPLOADS", "false")),
        names(app.getProperty("HEADWATER_IMPORT_HOSTS", "")),
        names(app.getProperty("HEADWATER_UPSTREAMS", "")),
        RegistryAccounts.parse(app.getProperty("HEADWATER_REGISTRY_ACCOUNTS", "")),
        duration(app, "HEADWATER_RETENTION", "7d"),
        duration(app, "HEADWATER_GC_GRACE", "24h"),
        number(app, "HEADWATER_MAX_OPERATIONS", "1000"),
        size(app, "HEADWATER_STORAGE_THRESHOLD", "500g"),
        new Unpacking(
            Path.of(System.getProperty("java.io.tmpdir")),
            size(app, "HEADWATER_MAX_ARCHIVE_SIZE", "64g")),
        parallel(app.getProperty("HEADWATER_PARALLEL", ""), Runtime.getRuntime().maxMemory()));
  }

  private static String required(Environment app, String name) throws FormatException {
    var value = app.getProperty(name);
    if (value == null || value.isBlank()) {
      throw new FormatException(
          "the app setting "
              + name
              + " is missing: give a connection string, or "
              + name
              + "__blobServiceUri and "
              + name
              + "__queueServiceUri for the function's own identity");
    }
    return value;
  }

  private static Set<String> names(String list) {
    return Arrays.stream(list.split(","))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toSet());
  }

  private static Duration duration(Environment app, String name, String standard)
      throws FormatException {
    var text = app.getProperty(name, standard);
    try {
      return text.equals("0") ? Duration.ZERO : DurationFormatterUtils.parse(text, Style.SIMPLE);
    } catch (IllegalArgumentException e) {
      throw new FormatException(
          "the app setting " + name + " is '" + text + "': give a time like 30m, 12h or 7d");
    }
  }

  private static int number(Environment app, String name, String standard) throws FormatException {
    var text = app.getProperty(name, standard);
    if (!text.matches("[0-9]{1,9}")) {
      throw new FormatException(
          "the app setting " + name + " is '" + text + "': give a number from 0 to 999999999");
    }
    return Integer.parseInt(text);
  }

  private static long size(Environment app, String name, String standard) throws FormatException {
    var text = app.getProperty(name, standard);
    try {
      return ByteCount.parse(text);
    } catch (FormatException e) {
      throw e.in("the app setting " + name);
    }
  }

  /**
   * Conversions at once: as many as were asked for, or as fit into the heap.
   *
   * @param asked a number; empty to go by the heap
   * @param heapBytes the most that the heap can grow to
   */
  static int parallel(String asked, long heapBytes) throws FormatException {
    if (asked.isBlank()) {
      return (int) Math.max(1, (heapBytes - RUNTIME_BYTES) / CONVERSION_BYTES);
    }
    if (!asked.matches("[1-9][0-9]{0,2}")) {
      throw new FormatException(
          "the app setting HEADWATER_PARALLEL is '" + asked + "': give a number from 1 to 999");
    }
    return Integer.parseInt(asked);
  }
}
