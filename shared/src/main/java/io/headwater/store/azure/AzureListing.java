package io.headwater.store.azure;

import com.azure.core.http.rest.PagedResponse;
import com.azure.storage.blob.BlobContainerAsyncClient;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobListDetails;
import com.azure.storage.blob.models.ListBlobsOptions;
import io.headwater.store.Cursor;
import io.headwater.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Lists what is in the container, page by page. Within one iteration the service's markers say
 * where to go on; for a position that is given by a name, the marker of a page that ended right
 * there, or the service is asked to start from the name ({@code startFrom}, since version
 * 2026-02-06). A service that does not know that begins at the beginning: then it goes on from the
 * nearest page before that is remembered.
 */
final class AzureListing {
  /** As many as the service gives in one answer. */
  private static final int MAX_PAGE = 5000;

  private final BlobContainerAsyncClient container;
  private final AzureMarks marks = new AzureMarks();

  /** Becomes true for good when the service has begun at the beginning. */
  private volatile boolean ignoresStartFrom;

  AzureListing(BlobContainerAsyncClient container) {
    this.container = container;
  }

  /** At most {@code limit} that come behind a name; empty for the first ones. */
  List<BlobItem> page(String prefix, String after, int limit, Predicate<BlobItem> shown)
      throws StoreException {
    var page = new ArrayList<BlobItem>();
    var size = Math.clamp(limit, 1, MAX_PAGE);
    var answer = first(prefix, after, size);
    while (true) {
      var token = remember(prefix, answer);
      for (var item : answer.getValue()) {
        if (page.size() < limit && item.getName().compareTo(after) > 0 && shown.test(item)) {
          page.add(item);
        }
      }
      if (page.size() >= limit || token.isEmpty()) {
        return page;
      }
      var isPassing = page.isEmpty() && !after.isEmpty();
      answer = ask(options(prefix, isPassing ? MAX_PAGE : size), token.get());
    }
  }

  private PagedResponse<BlobItem> first(String prefix, String after, int size)
      throws StoreException {
    if (after.compareTo(prefix) <= 0) {
      return ask(options(prefix, size), null);
    }
    var mark = marks.before(prefix, after);
    if (mark.isPresent() && (ignoresStartFrom || mark.get().name().equals(after))) {
      return ask(options(prefix, size), mark.get().marker());
    }
    // All that is in front has to be passed: in few answers then.
    var options = options(prefix, ignoresStartFrom ? MAX_PAGE : size);
    var answer = ask(options.setStartFrom(after), null);
    var items = answer.getValue();
    if (!items.isEmpty() && items.getFirst().getName().compareTo(after) < 0) {
      ignoresStartFrom = true;
    }
    return answer;
  }

  /** All, with the service's own markers. */
  Cursor<BlobItem> all(String prefix, Predicate<BlobItem> shown) {
    return Cursor.over(
        new Cursor.Pages<>() {
          private Optional<String> token = Optional.empty();
          private boolean hasBegun;

          @Override
          public List<BlobItem> next() throws StoreException {
            while (!hasBegun || token.isPresent()) {
              hasBegun = true;
              var answer = ask(options(prefix, MAX_PAGE), token.orElse(null));
              token = token(answer);
              var page = answer.getValue().stream().filter(shown).toList();
              if (!page.isEmpty()) {
                return page;
              }
            }
            return List.of();
          }
        });
  }

  private static ListBlobsOptions options(String prefix, int size) {
    return new ListBlobsOptions()
        .setPrefix(prefix)
        .setDetails(new BlobListDetails().setRetrieveCopy(true))
        .setMaxResultsPerPage(size);
  }

  private PagedResponse<BlobItem> ask(ListBlobsOptions options, @Nullable String marker)
      throws StoreException {
    var found = container.listBlobs(options);
    var answer =
        AzureStore.await(
            "cannot list what begins with '" + options.getPrefix() + "'",
            (marker == null ? found.byPage() : found.byPage(marker)).next());
    if (answer == null) {
      throw AzureStore.failure(
          "cannot list what begins with '" + options.getPrefix() + "'",
          new IllegalStateException("no answer"));
    }
    return answer;
  }

  private static Optional<String> token(PagedResponse<BlobItem> answer) {
    return Optional.ofNullable(answer.getContinuationToken()).filter(token -> !token.isEmpty());
  }

  private Optional<String> remember(String prefix, PagedResponse<BlobItem> answer) {
    var token = token(answer);
    if (token.isPresent() && !answer.getValue().isEmpty()) {
      marks.add(prefix, answer.getValue().getLast().getName(), token.get());
    }
    return token;
  }
}
