package io.headwater.registry;

import io.headwater.store.Cursor;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** Asks the store for many things, some at a time: a far store takes its time for each. */
final class Fetch {
  /**
   * How many questions are under way for a thread. One: the thread asks by itself, one after the
   * other. For tests that decide the order of all calls.
   */
  static final ThreadLocal<Integer> AT_ONCE = ThreadLocal.withInitial(() -> 16);

  private Fetch() {}

  /**
   * How many answers that may be as large as manifests may be are in memory for a thread. Less than
   * {@link #AT_ONCE}: many may ask at the same time.
   */
  static final int LARGE_AT_ONCE = 4;

  /** One question. */
  interface Question<T, R> {
    R ask(T thing) throws IOException;
  }

  /** What looks at an answer. */
  interface Visitor<R> {
    void visit(R answer) throws IOException;
  }

  /** Shows the answers that are not empty, in the order of the things, and keeps none of them. */
  static <T, R> void each(Cursor<T> things, Question<T, Optional<R>> question, Visitor<R> visitor)
      throws IOException {
    while (things.hasNext()) {
      var some = new ArrayList<T>();
      while (some.size() < LARGE_AT_ONCE && things.hasNext()) {
        some.add(things.next());
      }
      for (var answer : all(some, LARGE_AT_ONCE, question)) {
        if (answer.isPresent()) {
          visitor.visit(answer.get());
        }
      }
    }
  }

  /** The answers, in the order of the things. */
  static <T, R> List<R> all(List<T> things, Question<T, R> question) throws IOException {
    return all(things, AT_ONCE.get(), question);
  }

  /** The same, with no more than so many questions under way. */
  static <T, R> List<R> all(List<T> things, int atOnce, Question<T, R> question)
      throws IOException {
    if (AT_ONCE.get() == 1) {
      var answers = new ArrayList<R>();
      for (var thing : things) {
        answers.add(question.ask(thing));
      }
      return answers;
    }
    var slots = new Semaphore(Math.min(atOnce, AT_ONCE.get()));
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var asked = new ArrayList<Future<R>>();
      for (var thing : things) {
        asked.add(
            executor.submit(
                () -> {
                  slots.acquire();
                  try {
                    return question.ask(thing);
                  } finally {
                    slots.release();
                  }
                }));
      }
      var answers = new ArrayList<R>();
      for (var one : asked) {
        answers.add(one.get());
      }
      return answers;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("asking the store was interrupted");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException fault) {
        throw fault;
      }
      if (e.getCause() instanceof RuntimeException fault) {
        throw fault;
      }
      throw new StoreException("the store cannot be asked", false, e);
    }
  }
}
