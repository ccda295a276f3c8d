package io.headwater.source;

import io.headwater.fault.FormatException;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, of which the next byte has to come within a time. The JDK's client bounds
 * the time to an answer's head alone: a server that stops in the middle of a body would hold its
 * reader, and the conversion or the log-in that reads it, for ever. Time in which nobody waits does
 * not count.
 */
public final class IdleBound extends InputStream {
  /** The environment variable with the longest wait, in seconds. */
  public static final String VARIABLE = "HEADWATER_REMOTE_IDLE";

  private static final Duration DEFAULT = Duration.ofSeconds(60);
  private static final long MAX_SECONDS = Duration.ofDays(1).toSeconds();

  /** Looks at bodies that somebody waits for; no read waits for it. */
  private static final ScheduledExecutorService WATCH =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("idle-bodies").factory());

  private final InputStream in;
  private final String what;
  private final Duration limit;

  /** Whether {@link #look} comes again. */
  private final AtomicBoolean isWatched = new AtomicBoolean();

  /** When the read under way began, by {@link System#nanoTime}; 0 while nobody waits. */
  private volatile long waitingSince;

  private volatile boolean expired;

  /**
   * Bounds a body.
   *
   * @param in closed with this, and when the time is over
   * @param what its name in messages
   * @param limit the longest wait for a byte
   */
  IdleBound(InputStream in, String what, Duration limit) {
    this.in = in;
    this.what = what;
    this.limit = limit;
  }

  /**
   * Bodies for the JDK's client. A read that waits longer than the limit throws a {@link
   * StoreException} that may pass.
   *
   * @param what the body's name in messages
   * @param limit the longest wait for a byte
   */
  public static BodyHandler<InputStream> bodies(String what, Duration limit) {
    return head ->
        BodySubscribers.mapping(
            BodySubscribers.ofInputStream(), body -> new IdleBound(body, what, limit));
  }

  /**
   * The longest wait for a byte of a registry.
   *
   * @param seconds what {@link #VARIABLE} has; null for the default, a minute
   * @throws FormatException if it is no whole number of seconds from 1 to a day's
   */
  public static Duration limit(@Nullable String seconds) throws FormatException {
    if (seconds == null || seconds.isBlank()) {
      return DEFAULT;
    }
    try {
      var number = Long.parseLong(seconds.strip());
      if (number >= 1 && number <= MAX_SECONDS) {
        return Duration.ofSeconds(number);
      }
    } catch (NumberFormatException e) {
      // The sentence below says what is wanted.
    }
    throw new FormatException(
        VARIABLE + " is '" + seconds + "': give whole seconds, from 1 to " + MAX_SECONDS);
  }

  /** Only a body that is being read keeps itself; one that was dropped goes. */
  private void watch() {
    var every = Math.max(1, limit.toMillis() / 4);
    var self = new WeakReference<>(this);
    var unused =
        WATCH.schedule(
            () -> {
              var body = self.get();
              if (body != null) {
                body.look();
              }
            },
            every,
            TimeUnit.MILLISECONDS);
  }

  private void look() {
    var since = waitingSince;
    if (since == 0) {
      // Invariant: who waits is watched. A read that began since sees false and begins the watch,
      // or is seen here.
      isWatched.set(false);
      if (waitingSince != 0 && isWatched.compareAndSet(false, true)) {
        watch();
      }
    } else if (System.nanoTime() - since <= limit.toNanos()) {
      watch();
    } else {
      expired = true;
      try {
        in.close(); // which ends the read that waits
      } catch (IOException e) {
        // The reader says what happened.
      }
    }
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] out, int offset, int length) throws IOException {
    waitingSince = System.nanoTime() | 1;
    if (isWatched.compareAndSet(false, true)) {
      watch();
    }
    try {
      var count = in.read(out, offset, length);
      if (expired) {
        throw new IOException("closed");
      }
      return count;
    } catch (IOException e) {
      throw expired ? stalled(e) : e;
    } finally {
      waitingSince = 0;
    }
  }

  private StoreException stalled(IOException cause) {
    return new StoreException(
        what + " sent nothing for " + limit.toSeconds() + " seconds; try again", true, cause);
  }

  @Override
  public int available() throws IOException {
    return in.available();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
