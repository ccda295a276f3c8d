package io.headwater.store;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Goes once over what a store lists, in bounded pages, each of which goes on where the one before
 * ended. What is there all the while is met once; what is written or removed meanwhile may be met
 * or not. Holds nothing open. Not safe for use by several threads.
 */
public final class Cursor<T> {
  /** How many a page has where the store has no better number. */
  public static final int PAGE = 1000;

  private final Pages<T> pages;
  private Iterator<T> page = List.<T>of().iterator();
  private boolean isOver;

  private Cursor(Pages<T> pages) {
    this.pages = pages;
  }

  /** Where pages come from. */
  public interface Pages<T> {
    /** The next page; empty when there is no more. */
    List<T> next() throws StoreException;
  }

  /** Where pages come from that are asked for by what the page before ended with. */
  interface PagesBehind<T> {
    /** The page behind something; from the beginning when that is empty. */
    List<T> next(Optional<T> last) throws StoreException;
  }

  /** A cursor over pages, until one is empty. */
  public static <T> Cursor<T> over(Pages<T> pages) {
    return new Cursor<>(pages);
  }

  static <T> Cursor<T> behind(PagesBehind<T> pages) {
    return new Cursor<>(
        new Pages<>() {
          private Optional<T> last = Optional.empty();

          @Override
          public List<T> next() throws StoreException {
            var page = pages.next(last);
            last = page.isEmpty() ? last : Optional.of(page.getLast());
            return page;
          }
        });
  }

  /** A cursor over what these are made into. */
  public <R> Cursor<R> map(Function<T, R> change) {
    return over(() -> hasNext() ? nextPage().stream().map(change).toList() : List.of());
  }

  /** A cursor over those that fit. */
  public Cursor<T> filter(Predicate<T> fits) {
    return over(
        () -> {
          while (hasNext()) {
            var page = nextPage().stream().filter(fits).toList();
            if (!page.isEmpty()) {
              return page;
            }
          }
          return List.of();
        });
  }

  private List<T> nextPage() {
    var rest = new ArrayList<T>();
    page.forEachRemaining(rest::add);
    return rest;
  }

  /** Whether there is more; asks the store when a page is over. */
  public boolean hasNext() throws StoreException {
    if (!page.hasNext() && !isOver) {
      page = pages.next().iterator();
      isOver = !page.hasNext();
    }
    return !isOver;
  }

  /** The next one. */
  public T next() throws StoreException {
    if (!hasNext()) {
      throw new NoSuchElementException("the list is over");
    }
    return page.next();
  }
}
