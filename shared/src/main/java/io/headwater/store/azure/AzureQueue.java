package io.headwater.store.azure;

import com.azure.core.exception.AzureException;
import com.azure.storage.queue.QueueClient;
import com.azure.storage.queue.models.QueueErrorCode;
import com.azure.storage.queue.models.QueueMessageItem;
import com.azure.storage.queue.models.QueueStorageException;
import io.headwater.store.StoreException;
import java.time.Duration;
import java.util.List;

/**
 * A queue of a storage account. A message that is received is invisible for a while and comes again
 * unless it is deleted: it is delivered at least once. Blocks.
 */
public final class AzureQueue {
  /** Messages wait for as long as it takes. */
  private static final Duration FOR_EVER = Duration.ofSeconds(-1);

  private final QueueClient queue;

  private AzureQueue(QueueClient queue) {
    this.queue = queue;
  }

  /**
   * A queue, which is made when it turns out to be missing: whoever may only send needs no right to
   * make one that is there.
   *
   * @param account see {@link AzureStore#open}; the queue endpoint follows from the blob endpoint
   */
  public static AzureQueue open(String account, String name) {
    return new AzureQueue(AzureAccount.queue(account, name));
  }

  /**
   * A message that was received.
   *
   * @param receipt changes with each change of its visibility
   * @param deliveries how often it has been received
   */
  public record Message(String id, String receipt, String text, long deliveries) {}

  private interface Call<T> {
    T on(QueueClient queue);
  }

  private <T> T call(String what, Call<T> call) throws StoreException {
    try {
      try {
        return call.on(queue);
      } catch (QueueStorageException e) {
        if (!QueueErrorCode.QUEUE_NOT_FOUND.equals(e.getErrorCode())) {
          throw e;
        }
        queue.createIfNotExists();
        return call.on(queue);
      }
    } catch (QueueStorageException e) {
      throw new StoreException(
          what
              + " '"
              + queue.getQueueName()
              + "': the storage account answered "
              + e.getStatusCode()
              + " "
              + e.getErrorCode(),
          e.getStatusCode() == 429 || e.getStatusCode() >= 500,
          e);
    } catch (AzureException | IllegalStateException e) {
      throw new StoreException(
          what + " '" + queue.getQueueName() + "': " + e.getMessage(), true, e);
    }
  }

  /** Sends a message. */
  public void send(String text) throws StoreException {
    call(
        "cannot send to the queue",
        client -> client.sendMessageWithResponse(text, null, FOR_EVER, null, null));
  }

  /**
   * Takes messages out for a while.
   *
   * @param most at most so many, 1 to 32
   * @param lease invisible for so long
   */
  public List<Message> receive(int most, Duration lease) throws StoreException {
    return call(
        "cannot receive from the queue",
        client ->
            client.receiveMessages(most, lease, null, null).stream()
                .map(AzureQueue::message)
                .toList());
  }

  private static Message message(QueueMessageItem item) {
    return new Message(
        item.getMessageId(),
        item.getPopReceipt(),
        item.getBody().toString(),
        item.getDequeueCount());
  }

  /**
   * Changes when a message comes again.
   *
   * @param lease from now on
   * @throws StoreException if it has come again already
   */
  public Message extend(Message message, Duration lease) throws StoreException {
    var changed =
        call(
            "cannot keep a message of the queue",
            client -> client.updateMessage(message.id(), message.receipt(), message.text(), lease));
    return new Message(message.id(), changed.getPopReceipt(), message.text(), message.deliveries());
  }

  /** Deletes a message that was received and has not come again since. */
  public void delete(Message message) throws StoreException {
    call(
        "cannot delete from the queue",
        client -> {
          client.deleteMessage(message.id(), message.receipt());
          return message;
        });
  }

  /** About how many messages there are, those included that somebody has. */
  public long size() throws StoreException {
    return call(
        "cannot look at the queue",
        client -> client.getProperties().getApproximateMessagesCountLong());
  }

  /** The first messages, which stay as they are. */
  public List<String> peek(int most) throws StoreException {
    return call(
        "cannot look at the queue",
        client ->
            client.peekMessages(most, null, null).stream()
                .map(item -> item.getBody().toString())
                .toList());
  }
}
