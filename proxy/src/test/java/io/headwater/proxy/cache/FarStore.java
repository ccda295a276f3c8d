package io.headwater.proxy.cache;

import io.headwater.oci.Digest;
import io.headwater.store.ContentStore;
import io.headwater.store.Meanwhile;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** A store in a folder that looks far: it has no files, takes its time, and can fail. */
final class FarStore {
  /** A read that came to the store. */
  record Read(long offset, long length) {}

  private final ContentStore near;
  private final ContentStore far;
  private final List<Read> reads = new CopyOnWriteArrayList<>();
  private volatile @Nullable IOException failure;
  private volatile Duration delay = Duration.ZERO;

  FarStore(Path folder) throws IOException {
    this.near = FileStore.open(folder);
    this.far =
        (ContentStore)
            Proxy.newProxyInstance(
                ContentStore.class.getClassLoader(),
                new Class<?>[] {ContentStore.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "file" -> Optional.empty();
                      case "stream" ->
                          stream((Digest) arguments[0], (long) arguments[1], (long) arguments[2]);
                      default -> Meanwhile.invoke(near, method, arguments);
                    });
  }

  private Flux<ByteBuffer> stream(Digest digest, long offset, long length) {
    reads.add(new Read(offset, length));
    var why = failure;
    return why != null
        ? Flux.error(why)
        : near.stream(digest, offset, length).delaySubscription(delay);
  }

  ContentStore store() {
    return far;
  }

  List<Read> reads() {
    return reads;
  }

  void fail(@Nullable IOException why) {
    failure = why;
  }

  void delay(Duration by) {
    delay = by;
  }

  /** Puts a blob. */
  Digest put(byte[] content) throws IOException {
    try (var stage = near.stage(0)) {
      stage.body().write(content);
      return stage.seal(new byte[0], Optional.empty()).digest();
    }
  }
}
