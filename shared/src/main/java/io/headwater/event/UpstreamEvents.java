package io.headwater.event;

import io.headwater.convert.ConversionListener;
import io.headwater.fault.FormatException;
import io.headwater.oci.RepositoryName;
import io.headwater.operation.AutoConversion;
import io.headwater.operation.Conversions;
import io.headwater.registry.Registry;
import io.headwater.store.StoreException;
import io.headwater.upstream.Upstream;
import io.headwater.upstream.Upstreams;
import java.io.IOException;
import java.util.ArrayList;

/**
 * What is done when another registry tells of an image: one that was pushed is converted and its
 * artifact put there beside it; of one that was deleted the artifacts are removed. Events may come
 * twice, and in any order. Blocks.
 */
public final class UpstreamEvents {
  private final Registry registry;
  private final Upstreams upstreams;
  private final Conversions conversions;

  public UpstreamEvents(Registry registry, Upstreams upstreams, Conversions conversions) {
    this.registry = registry;
    this.upstreams = upstreams;
    this.conversions = conversions;
  }

  /**
   * Deals with an event.
   *
   * @return one sentence about what was done
   * @throws FormatException if the registry is none of ours to work for
   * @throws IOException if it could not be done now; it is worth another try
   */
  public String handle(RegistryEvent event) throws IOException {
    var here = upstreams.nameHere(event.host(), event.repository());
    var upstream = upstreams.of(here).orElseThrow();
    try {
      return switch (event.kind()) {
        case PUSHED -> pushed(event, here, upstream);
        case DELETED -> deleted(event, here, upstream);
      };
    } catch (StoreException e) {
      if (e.isRetryable()) {
        throw e;
      }
      // Trying the same again for a day would change nothing.
      throw new FormatException(event + ": " + e.getMessage());
    }
  }

  /** An event says what was once. What is done about it depends on what is now. */
  private String deleted(RegistryEvent event, RepositoryName here, Upstream upstream)
      throws IOException {
    if (upstream.find(event.digest()).isPresent()) {
      return event + ": it is there again, and so are its streaming artifacts";
    }
    var removed = upstream.removeArtifacts(registry, here, event.digest());
    // Pushed again meanwhile, it was perhaps passed over because its artifact was still there. The
    // event of a push looks for artifacts, this removes them and then looks for the image.
    return upstream.find(event.digest()).isPresent()
        ? pushed(event, here, upstream)
        : event + ": " + removed + " streaming artifact(s) removed";
  }

  private String pushed(RegistryEvent event, RepositoryName here, Upstream upstream)
      throws IOException {
    var image = upstream.find(event.digest());
    if (image.isEmpty()) {
      return event + ": it is gone";
    }
    if (!AutoConversion.isImage(image.get())) {
      return event + ": it is no image that can be run";
    }
    var artifacts = upstream.artifacts(event.digest());
    if (!artifacts.isEmpty()) {
      return event + ": it has a streaming artifact, " + artifacts.iterator().next();
    }
    var operation = conversions.start(here, event.digest(), ConversionListener.NONE);
    return event + ": operation " + operation.id() + ", " + operation.status();
  }

  /** Deals with all of what came; says what was done about each. */
  public String handleAll(String json) throws IOException {
    var said = new ArrayList<String>();
    for (var event : RegistryEvents.parse(json)) {
      said.add(handle(event));
    }
    return said.isEmpty() ? "nothing about images" : String.join("; ", said);
  }
}
