package io.headwater.store.azure;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpHeaders;
import com.azure.core.util.DateTimeRfc1123;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.storage.blob.BlobServiceAsyncClient;
import com.azure.storage.blob.BlobServiceClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import com.azure.storage.queue.QueueClient;
import com.azure.storage.queue.QueueClientBuilder;
import com.azure.storage.queue.QueueMessageEncoding;
import java.time.Duration;
import java.time.OffsetDateTime;

/**
 * Clients of a storage account. An account is given by its blob endpoint ({@code
 * https://<account>.blob.core.windows.net}), for which the environment's identity is used, or by a
 * connection string, for Azurite.
 */
public final class AzureAccount {
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
    return blobService(account, tryTimeoutSeconds).buildAsyncClient();
  }

  /** The blob service, for whoever hands its clients on. */
  public static BlobServiceClient blobs(String account) {
    return blobService(account, TRY_TIMEOUT_SECONDS).buildClient();
  }

  private static BlobServiceClientBuilder blobService(String account, int tryTimeoutSeconds) {
    var builder = new BlobServiceClientBuilder().retryOptions(retry(tryTimeoutSeconds));
    if (isEndpoint(account)) {
      builder.endpoint(account).credential(new DefaultAzureCredentialBuilder().build());
    } else {
      builder.connectionString(account);
    }
    return builder;
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

  /** How old something is that was changed at a time, by the clock of the service that answers. */
  static Duration age(OffsetDateTime changed, HttpHeaders answer) {
    var now = answer.getValue(HttpHeaderName.DATE);
    if (now == null) {
      return Duration.ZERO;
    }
    var age = Duration.between(changed, new DateTimeRfc1123(now).getDateTime());
    return age.isNegative() ? Duration.ZERO : age;
  }

  private static boolean isEndpoint(String account) {
    return account.startsWith("http");
  }
}
