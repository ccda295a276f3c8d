package io.headwater.functions.local;

import io.headwater.fault.FormatException;
import io.headwater.loop.Items;
import io.headwater.oci.Field;
import io.headwater.oci.Json;
import io.headwater.store.azure.AzureFolder;
import io.headwater.store.azure.AzureQueue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * Looks for new blobs, as the blob trigger does: each state of a blob that has no receipt becomes a
 * message, and gets one. The message first: what is told twice does less harm than what is never
 * told.
 */
final class BlobLoop {
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);

  private final String hostId;
  private final String function;
  private final AzureFolder container;
  private final String prefix;
  private final AzureFolder receipts;
  private final AzureQueue queue;
  private final Set<String> known = new HashSet<>();
  private final Items blobs = new Items("blob");

  /**
   * News of a blob, as a message.
   *
   * @param etag of the state that it had
   */
  record News(String functionId, String containerName, String blobName, String etag) {
    static News read(Field field) throws FormatException {
      return new News(
          field.field("functionId").text(),
          field.field("containerName").text(),
          field.field("blobName").text(),
          field.field("etag").text());
    }
  }

  /**
   * A loop.
   *
   * @param hostId of the app that the function belongs to
   * @param prefix of the blobs that the function is for
   * @param receipts where the receipts of all functions are
   */
  BlobLoop(
      String hostId,
      String function,
      AzureFolder container,
      String prefix,
      AzureFolder receipts,
      AzureQueue queue) {
    this.hostId = hostId;
    this.function = function;
    this.container = container;
    this.prefix = prefix;
    this.receipts = receipts;
    this.queue = queue;
  }

  /** A turn of the loop: looks once. */
  Duration look() throws IOException, InterruptedException {
    var seen = new HashSet<String>();
    for (var file : container.list(prefix)) {
      blobs.serve(
          file.name(),
          () -> {
            var receipt = receipt(file);
            if (!known.contains(receipt) && receipts.find(receipt).isEmpty()) {
              var news = new News(function, container.name(), file.name(), file.etag());
              queue.send(new String(Json.write(news), StandardCharsets.UTF_8));
              receipts.write(receipt, "");
            }
            seen.add(receipt);
          });
    }
    known.clear();
    known.addAll(seen);
    return LOOK_EVERY;
  }

  private String receipt(AzureFolder.File file) {
    return "blobreceipts/"
        + hostId
        + "/"
        + function
        + "/"
        + file.etag().replace("\"", "")
        + "/"
        + container.name()
        + "/"
        + file.name();
  }
}
