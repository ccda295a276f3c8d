package io.headwater.upstream;

import io.headwater.oci.Digest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.Registry;
import io.headwater.registry.StoredManifest;
import io.headwater.source.ImageReference;
import io.headwater.source.ImageTransfer;
import io.headwater.source.RemotePush;
import io.headwater.source.RemoteRegistry.Credentials;
import io.headwater.source.RemoteSource;
import io.headwater.source.RepositorySource;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A repository of another registry. Blocks.
 *
 * @param host with its port
 * @param credentials as whom it is asked
 */
public record Upstream(String host, RepositoryName repository, Supplier<Credentials> credentials) {
  private ImageReference reference(Digest digest) {
    return new ImageReference(host, repository, digest.toString());
  }

  /** An image there. */
  public RemoteSource open(Digest digest) {
    return RemoteSource.open(reference(digest), credentials);
  }

  /** The manifest of an image there; empty if it is gone. */
  public Optional<StoredManifest> find(Digest digest) throws IOException {
    try (var source = open(digest)) {
      return source.find();
    }
  }

  /** The digests of the streaming artifacts that an image has there. */
  public Set<Digest> artifacts(Digest image) throws IOException {
    var found = new LinkedHashSet<Digest>();
    try (var source = open(image)) {
      for (var referrer : source.referrers(image)) {
        if (isArtifact(referrer)) {
          found.add(referrer.digest());
        }
      }
    }
    return found;
  }

  private static boolean isArtifact(StoredManifest referrer) throws IOException {
    return MediaTypes.isManifest(referrer.mediaType())
        && MediaTypes.STREAMING_ARTIFACT.equals(referrer.parse().artifactType());
  }

  /** Puts an artifact there that is in a repository here. */
  public void attach(Registry registry, RepositoryName here, Digest artifact) throws IOException {
    var repository = registry.repository(here);
    var stored = repository.manifest(artifact);
    if (stored.isEmpty()) {
      throw new IOException("artifact " + artifact + " is gone from '" + here + "'; convert again");
    }
    try (var source = new RepositorySource(registry.store(), repository, stored.get());
        var push = RemotePush.open(reference(artifact), credentials)) {
      new ImageTransfer(source, push, List.of(), sent -> {}).run(artifact.toString(), false);
    }
  }

  /** Removes the artifacts of an image that was deleted, there and here; says how many. */
  public int removeArtifacts(Registry registry, RepositoryName here, Digest image)
      throws IOException {
    var repository = registry.repository(here);
    var artifacts = artifacts(image);
    repository.forEachReferrer(
        image, MediaTypes.STREAMING_ARTIFACT, known -> artifacts.add(known.digest()));
    try (var push = RemotePush.open(reference(image), credentials)) {
      for (var artifact : artifacts) {
        push.deleteReferrer(image, artifact);
      }
    }
    for (var artifact : artifacts) {
      if (repository.manifest(artifact).isPresent()) {
        repository.deletions().deleteManifest(artifact);
      }
    }
    return artifacts.size();
  }
}
