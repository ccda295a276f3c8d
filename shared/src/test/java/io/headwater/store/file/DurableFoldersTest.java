package io.headwater.store.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DurableFoldersTest {
  private static final Path FOLDER = Path.of("some", "folder");

  private final Semaphore begun = new Semaphore(0);
  private final Semaphore mayEnd = new Semaphore(0);
  private final AtomicInteger ended = new AtomicInteger();
  private final AtomicBoolean fails = new AtomicBoolean();
  private final java.util.concurrent.ExecutorService threads =
      Executors.newVirtualThreadPerTaskExecutor();
  private final DurableFolders folders = new DurableFolders(Path.of(""), this::fsync);

  private void fsync(Path folder) throws IOException {
    begun.release();
    mayEnd.acquireUninterruptibly();
    ended.incrementAndGet();
    if (fails.getAndSet(false)) {
      throw new IOException("the disk is broken");
    }
  }

  @AfterEach
  void end() {
    mayEnd.release(1000);
    threads.close();
  }

  private Future<Integer> force(Path folder) {
    return threads.submit(
        () -> {
          folders.force(folder);
          return ended.get();
        });
  }

  private void awaitBegun() throws InterruptedException {
    assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whatIsAskedForDuringAnFsyncIsCoveredByOneThatBeginsAfterIt() throws Exception {
    var first = force(FOLDER);
    awaitBegun();
    var later = new ArrayList<Future<Integer>>();
    for (int i = 0; i < 10; i++) {
      later.add(force(FOLDER));
    }
    Thread.sleep(200); // all of them wait
    assertThat(begun.availablePermits()).isZero();
    mayEnd.release();
    assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(1);
    awaitBegun();
    assertThat(later).noneMatch(Future::isDone);
    mayEnd.release();
    for (var one : later) {
      assertThat(one.get(20, TimeUnit.SECONDS)).isEqualTo(2);
    }
    assertThat(begun.availablePermits()).isZero();
  }

  @Test
  void fsyncThatFailsHasFailedForAllWhomItCovers() throws Exception {
    var first = force(FOLDER);
    awaitBegun();
    var second = force(FOLDER);
    var third = force(FOLDER);
    Thread.sleep(200); // both wait
    mayEnd.release();
    first.get(20, TimeUnit.SECONDS);
    awaitBegun();
    fails.set(true);
    mayEnd.release();
    for (var one : java.util.List.of(second, third)) {
      assertThat(
              org.assertj.core.api.Assertions.catchThrowableOfType(
                  ExecutionException.class, () -> one.get(20, TimeUnit.SECONDS)))
          .isNotNull();
    }
    mayEnd.release();
    assertThat(force(FOLDER).get(20, TimeUnit.SECONDS)).isEqualTo(3);
  }

  @Test
  void fsyncThatFailsCoversNobodyElse() throws Exception {
    fails.set(true);
    var first = force(FOLDER);
    awaitBegun();
    var second = force(FOLDER);
    Thread.sleep(200);
    mayEnd.release();
    assertThat(
            org.assertj.core.api.Assertions.catchThrowableOfType(
                ExecutionException.class, () -> first.get(20, TimeUnit.SECONDS)))
        .hasMessageContaining("the disk is broken");
    awaitBegun();
    mayEnd.release();
    assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo(2);
  }

  @Test
  void foldersDoNotWaitForEachOther() throws Exception {
    var one = force(FOLDER);
    var other = force(Path.of("other"));
    awaitBegun();
    awaitBegun();
    mayEnd.release(2);
    one.get(20, TimeUnit.SECONDS);
    other.get(20, TimeUnit.SECONDS);
  }
}
