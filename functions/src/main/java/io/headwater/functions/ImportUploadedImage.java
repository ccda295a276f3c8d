package io.headwater.functions;

import com.azure.storage.blob.BlobClient;
import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.OutputBinding;
import com.microsoft.azure.functions.annotation.BindingName;
import com.microsoft.azure.functions.annotation.BlobTrigger;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.QueueOutput;
import java.util.function.Function;

/** Imports what is put into the container for uploads. */
public final class ImportUploadedImage {
  private final Function<String, Work> importUpload;

  ImportUploadedImage(Function<String, Work> importUpload) {
    this.importUpload = importUpload;
  }

  /**
   * Takes the news of an upload.
   *
   * @param upload a client: the host passes no content, however large the upload is
   */
  @FunctionName("ImportUploadedImage")
  public void run(
      @BlobTrigger(
              name = "upload",
              path = "%HEADWATER_UPLOADS%/{name}",
              source = "EventGrid",
              connection = "HeadwaterStorage")
          BlobClient upload,
      @BindingName("name") String name,
      @QueueOutput(
              name = "poison",
              queueName = "%HEADWATER_QUEUE%-poison",
              connection = "HeadwaterStorage")
          OutputBinding<String> poison,
      ExecutionContext context) {
    Delivery.of(name, poison, context).to(importUpload);
  }
}
