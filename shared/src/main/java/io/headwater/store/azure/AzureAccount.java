package io.headwater.store.azure;

import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.storage.blob.BlobServiceAsyncClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import com.azure.storage.queue.QueueClient;
import com.azure.storage.queue.QueueClientBuilder;
import com.azure.storage.queue.QueueMessageEncoding;
import java.time.Duration;

/**
 * Clients of a storage account. An account is given by its blob endpoint ({@code
 * https://<account>.blob.core.windows.net}), for which the environment's identity is used, or by a
 * connection string, for Azurite.
 */
final class AzureAccount {
  static final int MAX_TRIES = 5;
  static final int TRY_TIMEOUT_SECONDS = 60;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private AzureAccount() {}

  private static RequestRetryOptions retry(int tryTimeoutSeconds) {
    return new RequestRetryOptions(
        RetryPolicyType.EXPONENTIAL,
        MAX_TRIES,
        tryTimeoutSeconds,
        FIRST_PAUSE.toMillis(),
        LONGEST_PAUSE.toMillis(),
        null);
  }

  static BlobServiceAsyncClient blobs(String account, int tryTimeoutSeconds) {
    var builder = new BlobServiceClientBuilder().retryOptions(retry(tryTimeoutSeconds));
    if (isEndpoint(account)) {
      builder.endpoint(account).credential(new DefaultAzureCredentialBuilder().build());
    } else {
      builder.connectionString(account);
    }
    return builder.buildAsyncClient();
  }

  /** Messages are in Base64, as the triggers of Azure Functions expect it. */
  static QueueClient queue(String account, String name) {
    var builder =
        new QueueClientBuilder()
            .queueName(name)
            .messageEncoding(QueueMessageEncoding.BASE64)
            .retryOptions(retry(TRY_TIMEOUT_SECONDS));
    if (isEndpoint(account)) {
      builder
          .endpoint(account.replace(".blob.", ".queue."))
          .credential(new DefaultAzureCredentialBuilder().build());
    } else {
      builder.connectionString(account);
    }
    return builder.buildClient();
  }

  private static boolean isEndpoint(String account) {
    return account.startsWith("http");
  }
}
