package io.headwater.functions.local;

import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.BlobServiceClient;
import io.headwater.store.StoreException;
import io.headwater.store.azure.AzureAccount;
import io.headwater.store.azure.AzureFolder;
import io.headwater.store.azure.AzureQueue;
import java.io.IOException;

/** The storage account that triggers and output bindings are of. */
final class LocalStorage {
  private final String account;
  private final AppSettings settings;
  private final BlobServiceClient blobs;

  LocalStorage(String account, AppSettings settings) {
    this.account = account;
    this.settings = settings;
    this.blobs = AzureAccount.blobs(account);
  }

  AzureQueue queue(String name) throws StoreException {
    return AzureQueue.open(account, name);
  }

  AzureFolder container(String name) throws StoreException {
    return AzureFolder.open(account, name);
  }

  BlobClient blob(String container, String name) {
    return blobs.getBlobContainerClient(container).getBlobClient(name);
  }

  /** Sends what a function put into its output bindings. */
  BoundFunction.Outcome send(BoundFunction.Outcome outcome) throws IOException {
    for (var output : outcome.outputs().entrySet()) {
      queue(settings.resolve(output.getKey())).send(output.getValue());
    }
    return outcome;
  }
}
