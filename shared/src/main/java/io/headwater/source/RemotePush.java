package io.headwater.source;

import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.Manifest;
import io.headwater.oci.MediaTypes;
import io.headwater.registry.StoredManifest;
import io.headwater.store.StoreException;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * Puts images into a registry over its HTTP API (OCI distribution spec, "Pushing"). An upload that
 * breaks off goes on where it was. Blocks.
 */
public final class RemotePush implements Closeable {
  private static final int TRIES = 5;
  private static final String OCTETS = "application/octet-stream";

  private final RemoteRegistry registry;

  private RemotePush(RemoteRegistry registry) {
    this.registry = registry;
  }

  /** Opens the repository of an image. */
  public static RemotePush open(ImageReference target, RemoteRegistry.Credentials credentials) {
    return new RemotePush(new RemoteRegistry(target, credentials));
  }

  /**
   * Opens the repository of an image.
   *
   * @param credentials asked for whenever the registry asks
   */
  public static RemotePush open(
      ImageReference target, Supplier<RemoteRegistry.Credentials> credentials) {
    return new RemotePush(new RemoteRegistry(target, credentials));
  }

  /** Whether the repository has a blob. */
  public boolean hasBlob(Digest digest) throws IOException {
    return exists("blobs/" + digest, Map.of());
  }

  /** Whether the repository has a manifest. */
  public boolean hasManifest(Digest digest) throws IOException {
    return exists(
        "manifests/" + digest,
        Map.of("Accept", MediaTypes.OCI_MANIFEST + "," + MediaTypes.OCI_INDEX + ",*/*"));
  }

  private boolean exists(String path, Map<String, String> headers) throws IOException {
    return send("HEAD", path, headers, RemoteRegistry.Body.NONE, Set.of(200, 404)).status() == 200;
  }

  /** An answer without its body. */
  private record Answer(int status, String location, String range, boolean knowsSubjects) {}

  private Answer send(
      String method,
      String path,
      Map<String, String> headers,
      RemoteRegistry.Body body,
      Set<Integer> expected)
      throws IOException {
    var response = registry.send(method, path, headers, body, expected);
    response.body().close();
    return new Answer(
        response.statusCode(),
        response.headers().firstValue("Location").orElse(""),
        response.headers().firstValue("Range").orElse(""),
        response.headers().firstValue("OCI-Subject").isPresent());
  }

  /**
   * Uploads a blob.
   *
   * @param source has it
   * @param onSent is told of each number of bytes that was sent
   */
  public void putBlob(ImageSource source, Descriptor blob, LongConsumer onSent) throws IOException {
    var begun = send("POST", "blobs/uploads/", Map.of(), RemoteRegistry.Body.NONE, Set.of(202));
    var location = begun.location();
    long sent = 0;
    for (int attempt = 1; sent < blob.size(); attempt++) {
      var from = sent;
      try {
        location = patch(source, blob, from, location, onSent);
        sent = blob.size();
      } catch (StoreException e) {
        if (attempt == TRIES) {
          throw e;
        }
        var state = send("GET", location, Map.of(), RemoteRegistry.Body.NONE, Set.of(204));
        sent = uploaded(state.range());
        location = state.location().isEmpty() ? location : state.location();
      }
    }
    var digest = URLEncoder.encode(blob.digest().toString(), StandardCharsets.UTF_8);
    var end = location + (location.contains("?") ? "&" : "?") + "digest=" + digest;
    send("PUT", end, Map.of("Content-Type", OCTETS), RemoteRegistry.Body.NONE, Set.of(201));
  }

  /** Of {@code 0-<last>}; "0-0" is said of an upload of nothing too, which is begun anew then. */
  private static long uploaded(String range) {
    var last = range.substring(range.lastIndexOf('-') + 1);
    return last.isEmpty() || last.equals("0") ? 0 : Long.parseLong(last) + 1;
  }

  private String patch(
      ImageSource source, Descriptor blob, long from, String location, LongConsumer onSent)
      throws IOException {
    RemoteRegistry.Body body =
        () -> {
          var content = new Counted(source.blob(blob, from), onSent);
          return BodyPublishers.fromPublisher(
              BodyPublishers.ofInputStream(() -> content), blob.size() - from);
        };
    var headers = Map.of("Content-Type", OCTETS, "Content-Range", from + "-" + (blob.size() - 1));
    return send("PATCH", location, headers, body, Set.of(202)).location();
  }

  private static final class Counted extends FilterInputStream {
    private final LongConsumer onRead;

    Counted(InputStream in, LongConsumer onRead) {
      super(in);
      this.onRead = onRead;
    }

    @Override
    public int read(byte[] out, int offset, int length) throws IOException {
      var got = super.read(out, offset, length);
      if (got > 0) {
        onRead.accept(got);
      }
      return got;
    }
  }

  /**
   * Puts a manifest, whose blobs are there. Where the registry has no referrers API, one that has a
   * subject is added to the list that the subject's tag names (OCI distribution spec, "Pushing
   * Manifests with Subject").
   *
   * @param reference a tag, or its digest
   * @throws FormatException if the registry has it under another digest
   */
  public void putManifest(StoredManifest manifest, String reference) throws IOException {
    var answer = put(manifest, reference);
    var subject = manifest.subject();
    if (subject.isPresent() && !answer.knowsSubjects()) {
      var list = new ArrayList<>(referrersInTag(subject.get()));
      list.removeIf(known -> known.digest().equals(manifest.digest()));
      list.add(referrer(manifest));
      putReferrersInTag(subject.get(), list);
    }
  }

  private Answer put(StoredManifest manifest, String reference) throws IOException {
    return send(
        "PUT",
        "manifests/" + reference,
        Map.of("Content-Type", manifest.mediaType()),
        () -> BodyPublishers.ofByteArray(manifest.bytes()),
        Set.of(201));
  }

  private static Descriptor referrer(StoredManifest manifest) throws FormatException {
    var parsed = manifest.parse();
    return manifest
        .descriptor()
        .withArtifactType(parsed.effectiveArtifactType().orElse(null))
        .withAnnotations(parsed.annotations());
  }

  private static String referrersTag(Digest subject) {
    return subject.algorithm() + "-" + subject.hex();
  }

  private List<Descriptor> referrersInTag(Digest subject) throws IOException {
    var found =
        registry.find("manifests/" + referrersTag(subject), Map.of("Accept", MediaTypes.OCI_INDEX));
    if (found.isEmpty()) {
      return List.of();
    }
    var bytes = RemoteRegistry.small(found.get());
    return Manifest.parse(bytes, MediaTypes.OCI_INDEX) instanceof ImageIndex index
        ? index.manifests()
        : List.of();
  }

  private void putReferrersInTag(Digest subject, List<Descriptor> referrers) throws IOException {
    var bytes = ImageIndex.of(referrers).toJson();
    var list = new StoredManifest(Digest.of(bytes), MediaTypes.OCI_INDEX, bytes);
    put(list, referrersTag(subject));
  }

  /** Deletes a referrer of an image, and takes it off the list in the subject's tag. */
  public void deleteReferrer(Digest subject, Digest referrer) throws IOException {
    var listed = referrersInTag(subject);
    var left = listed.stream().filter(known -> !known.digest().equals(referrer)).toList();
    if (left.size() < listed.size()) {
      putReferrersInTag(subject, left);
    }
    deleteManifest(referrer);
  }

  /** Deletes a manifest; one that is not there is no error. */
  public void deleteManifest(Digest digest) throws IOException {
    send(
        "DELETE",
        "manifests/" + digest,
        Map.of(),
        RemoteRegistry.Body.NONE,
        Set.of(200, 202, 204, 404));
  }

  @Override
  public void close() {
    registry.close();
  }
}
