package io.headwater.proxy.v2;

import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.registry.StoredManifest;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;

/** Decides which manifest a tag is answered with. */
public interface TagResolver {
  /**
   * An answer to a tag.
   *
   * @param manifest what is sent
   * @param served said to the client in the header {@code Headwater-Served}; empty for nothing
   */
  record Resolved(StoredManifest manifest, String served) {}

  /** The manifest for a tag; empty when there is no such tag. */
  Mono<Resolved> resolve(RepositoryName repository, Tag tag, ServerRequest request);
}
