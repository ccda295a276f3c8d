package io.headwater.proxy.mirror;

import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.proxy.v2.RegistryReads;
import io.headwater.proxy.v2.TagResolver;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import io.headwater.registry.StoredManifest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;

/**
 * Answers a tag with the streaming manifest of the platform asked for when a conversion made one
 * here, and with the original otherwise (formats/acr-contract.md, "On the node"), with the reason
 * where that is streamable as it is. The platform comes from the query ({@code
 * platform=linux/arm64}), from the header {@code Headwater-Platform}, which a {@code hosts.toml}
 * can set, or is the node's own by default.
 */
public final class StreamingTags implements TagResolver {
  private static final Logger LOG = LoggerFactory.getLogger(StreamingTags.class);
  private static final String PLATFORM_HEADER = "Headwater-Platform";
  private static final String STREAMING = "streaming";
  private static final String ORIGINAL = "original";

  private final RegistryReads reads;
  private final Platform defaultPlatform;

  public StreamingTags(RegistryReads reads, Platform defaultPlatform) {
    this.reads = reads;
    this.defaultPlatform = defaultPlatform;
  }

  @Override
  public Mono<Resolved> resolve(RepositoryName repository, Tag tag, ServerRequest request) {
    var platform = platform(request);
    return reads
        .manifest(repository, tag)
        .flatMap(original -> resolve(repository, original, platform))
        .doOnNext(
            resolved ->
                LOG.info(
                    "{}:{} for {} is answered with manifest {}: {}",
                    repository,
                    tag,
                    platform,
                    resolved.manifest().digest(),
                    resolved.served()));
  }

  private Mono<Resolved> resolve(
      RepositoryName repository, StoredManifest original, Platform platform) {
    return streamableFormat(repository, original, platform)
        .map(format -> new Resolved(original, ORIGINAL + "; streamable already (" + format + ")"))
        .switchIfEmpty(
            Mono.defer(() -> streaming(repository, original, platform))
                .map(artifact -> new Resolved(artifact, STREAMING)))
        .defaultIfEmpty(new Resolved(original, ORIGINAL));
  }

  /**
   * The format of an image, or of the one that an index lists for the platform, that nodes stream
   * as it is. What was ever made of such an image is not served: its files would be the blobs of
   * that format.
   */
  private Mono<String> streamableFormat(
      RepositoryName repository, StoredManifest stored, Platform platform) {
    try {
      return switch (stored.parse()) {
        case ImageManifest image -> Mono.justOrEmpty(image.streamableFormat());
        case ImageIndex index ->
            Mono.justOrEmpty(
                    index.manifests().stream()
                        .filter(child -> isFor(platform, child.platform()))
                        .filter(child -> MediaTypes.isManifest(child.mediaType()))
                        .findFirst())
                .flatMap(child -> reads.manifest(repository, child.digest()))
                .flatMap(child -> Mono.justOrEmpty(formatOf(child)));
      };
    } catch (FormatException e) {
      return Mono.empty(); // whatever it is, it is served as it is
    }
  }

  private static Optional<String> formatOf(StoredManifest stored) {
    try {
      return stored.parse() instanceof ImageManifest image
          ? image.streamableFormat()
          : Optional.empty();
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  private static boolean isFor(Platform platform, @Nullable Platform listed) {
    return listed != null && platform.accepts(listed);
  }

  private Platform platform(ServerRequest request) {
    var header = request.headers().firstHeader(PLATFORM_HEADER);
    var asked = request.queryParam("platform").orElse(header == null ? "" : header);
    try {
      return asked.isEmpty() ? defaultPlatform : Platform.parse(asked);
    } catch (IllegalArgumentException e) {
      throw new RegistryException(ErrorCode.MANIFEST_INVALID, String.valueOf(e.getMessage()));
    }
  }

  private Mono<StoredManifest> streaming(
      RepositoryName repository, StoredManifest original, Platform platform) {
    return reads
        .artifacts(repository, original)
        .flatMapIterable(found -> found)
        .filter(artifact -> isFor(platform, artifact))
        .next()
        .flatMap(artifact -> reads.manifest(repository, artifact.digest()));
  }

  private static boolean isFor(Platform platform, Descriptor artifact) {
    var variant = artifact.annotation("streaming.platform.variant");
    return platform.accepts(
        new Platform(
            artifact.annotation("streaming.platform.arch"),
            artifact.annotation("streaming.platform.os"),
            variant.isEmpty() ? null : variant,
            null));
  }
}
