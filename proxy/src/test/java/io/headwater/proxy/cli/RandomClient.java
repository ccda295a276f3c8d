package io.headwater.proxy.cli;

import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.Json;
import io.headwater.oci.MediaTypes;
import io.headwater.proxy.Login;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Pushes and deletes images at random, and remembers what a registry that loses nothing has to have
 * after it: what was answered counts, what was not may be either way.
 */
final class RandomClient {
  private static final int TAGS = 6;

  private final String repository;
  private final Random random;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

  /** For each tag what it may name; an empty value: there may be none. */
  private final Map<String, Set<Optional<Digest>>> expected = new HashMap<>();

  private final List<Layer> layers = new ArrayList<>();
  private final AtomicInteger answered = new AtomicInteger();

  RandomClient(String repository, long seed) {
    this.repository = repository;
    this.random = new Random(seed);
    for (int i = 0; i < 5; i++) {
      var content = new byte[1 + random.nextInt(300_000)];
      random.nextBytes(content);
      layers.add(
          Layer.gzip(
              new Tar().file("file-" + i, new String(content, StandardCharsets.ISO_8859_1))));
    }
  }

  Map<String, Set<Optional<Digest>>> expected() {
    return expected;
  }

  int answered() {
    return answered.get();
  }

  /** Works until the registry does not answer any more. */
  void work(int port) throws InterruptedException {
    try {
      while (true) {
        var tag = "t" + random.nextInt(TAGS);
        if (random.nextInt(3) == 0) {
          delete(port, tag);
        } else {
          push(port, tag);
        }
      }
    } catch (IOException e) {
      // It was killed.
    }
  }

  private HttpResponse<byte[]> send(
      int port, String method, String path, byte[] body, String mediaType)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(20))
            .header("Authorization", Login.header())
            .header("Content-Type", mediaType)
            .method(method, BodyPublishers.ofByteArray(body))
            .build();
    return http.send(request, BodyHandlers.ofByteArray());
  }

  private void push(int port, String tag) throws IOException, InterruptedException {
    var base = layers.get(random.nextInt(layers.size()));
    var top = layers.get(random.nextInt(layers.size()));
    var config = Json.object().put("architecture", "amd64").put("os", "linux");
    config.put("created", Integer.toString(random.nextInt(20)));
    var ids = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
    ids.add(base.diffId().toString()).add(top.diffId().toString());
    var bytes = Json.write(config);
    var manifest =
        new ImageManifest(
                2,
                MediaTypes.OCI_MANIFEST,
                null,
                Descriptor.of(MediaTypes.OCI_CONFIG, Digest.of(bytes), bytes.length),
                List.of(descriptor(base), descriptor(top)),
                null,
                null)
            .toJson();
    for (var blob : List.of(bytes, base.blob(), top.blob())) {
      pushBlob(port, blob);
    }
    uncertain(tag, Optional.of(Digest.of(manifest)));
    var path = "/v2/" + repository + "/manifests/" + tag;
    var put = send(port, "PUT", path, manifest, MediaTypes.OCI_MANIFEST);
    if (put.statusCode() == 201) {
      certain(tag, Optional.of(Digest.of(manifest)));
    } else if (put.statusCode() < 500) {
      throw new AssertionError(
          "PUT was answered "
              + put.statusCode()
              + " "
              + new String(put.body(), StandardCharsets.UTF_8));
    }
  }

  private static Descriptor descriptor(Layer layer) {
    return Descriptor.of(
        MediaTypes.OCI_LAYER_TAR + "+gzip", Digest.of(layer.blob()), layer.blob().length);
  }

  /** Asks first whether it is there, as clients do. */
  private void pushBlob(int port, byte[] content) throws IOException, InterruptedException {
    var digest = Digest.of(content);
    var path = "/v2/" + repository + "/blobs/";
    if (send(port, "HEAD", path + digest, new byte[0], "x/y").statusCode() == 200) {
      return;
    }
    var sent = send(port, "POST", path + "uploads/?digest=" + digest, content, "x/y");
    if (sent.statusCode() != 201 && sent.statusCode() < 500) {
      throw new AssertionError("POST was answered " + sent.statusCode());
    }
  }

  private void delete(int port, String tag) throws IOException, InterruptedException {
    var base = "/v2/" + repository + "/manifests/";
    var head = send(port, "HEAD", base + tag, new byte[0], "x/y");
    if (head.statusCode() != 200) {
      return;
    }
    var digest = Digest.parse(head.headers().firstValue("Docker-Content-Digest").orElse(""));
    var tags = expected.entrySet().stream().filter(e -> e.getValue().contains(Optional.of(digest)));
    var touched = tags.map(Map.Entry::getKey).toList();
    touched.forEach(other -> uncertain(other, Optional.empty()));
    var deleted = send(port, "DELETE", base + digest, new byte[0], "x/y");
    if (deleted.statusCode() == 202) {
      for (var other : touched) {
        var left = new java.util.HashSet<>(expected.getOrDefault(other, Set.of()));
        left.remove(Optional.of(digest));
        left.add(Optional.empty());
        expected.put(other, left);
      }
      answered.incrementAndGet();
    }
  }

  private void uncertain(String tag, Optional<Digest> next) {
    var all = new java.util.HashSet<>(expected.getOrDefault(tag, Set.of(Optional.empty())));
    all.add(next);
    expected.put(tag, all);
  }

  private void certain(String tag, Optional<Digest> now) {
    expected.put(tag, Set.of(now));
    answered.incrementAndGet();
  }
}
