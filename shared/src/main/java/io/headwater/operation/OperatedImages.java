package io.headwater.operation;

import io.headwater.convert.Artifact;
import io.headwater.convert.ConversionException;
import io.headwater.convert.ConversionListener;
import io.headwater.convert.FailureCode;
import io.headwater.convert.ImageConverter;
import io.headwater.convert.RegistryTarget;
import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.Registry;
import io.headwater.registry.RegistryException;
import io.headwater.source.ImageSource;
import io.headwater.source.RepositorySource;
import io.headwater.store.StoreException;
import io.headwater.upstream.Upstreams;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Where the images of operations are read and where their artifacts go: our own registry, or the
 * upstream that a repository stands for.
 */
record OperatedImages(Registry registry, Upstreams upstreams, ImageConverter converter) {
  private ImageSource open(RepositoryName name, Digest digest) throws IOException {
    var upstream = upstreams.of(name);
    if (upstream.isPresent()) {
      return upstream.get().open(digest);
    }
    var repository = registry.repository(name);
    var root =
        repository
            .manifest(digest)
            .orElseThrow(
                () ->
                    new ConversionException(
                        FailureCode.RESOURCE_NOT_FOUND,
                        "repository '" + name + "' has no image " + digest));
    root.check(name);
    return new RepositorySource(registry.store(), repository, root);
  }

  /**
   * The images for single platforms that are to be converted for an image.
   *
   * @param passedOver is told a line for each that is not
   */
  List<Digest> parts(RepositoryName name, Digest digest, Consumer<String> passedOver)
      throws IOException {
    try (var source = open(name, digest)) {
      return converter.images(source, passedOver);
    }
  }

  /**
   * Whether an end is not true any more: the image is there, but was gone when its conversion
   * looked for it, or its artifacts have gone with it. It was deleted and pushed again while the
   * conversion was ending, and who pushed it took that for its own. What becomes of images of an
   * upstream, its events say.
   *
   * @param made the artifacts that the conversion made
   */
  boolean isOvertaken(Operation ended, List<Artifact> made) throws StoreException, FormatException {
    var name = RepositoryName.parse(ended.repository());
    var repository = registry.repository(name);
    if (upstreams.of(name).isPresent()
        || repository.manifest(Digest.parse(ended.digest())).isEmpty()) {
      return false;
    }
    for (var artifact : made) {
      if (repository.manifest(artifact.descriptor().digest()).isEmpty()) {
        return true;
      }
    }
    return ended.code() == FailureCode.RESOURCE_NOT_FOUND;
  }

  List<Artifact> convert(RepositoryName name, Digest digest, ConversionListener listener)
      throws IOException {
    try (var source = open(name, digest)) {
      var upstream = upstreams.of(name);
      var origin =
          upstream.map(there -> "upstream/" + there.host().replace(':', '_')).orElse("registry");
      var target = new RegistryTarget(registry.store(), registry.repository(name), origin);
      var artifacts = converter.convert(source, target, listener);
      if (upstream.isPresent()) {
        for (var artifact : artifacts) {
          upstream.get().attach(registry, name, artifact.descriptor().digest());
        }
      }
      return artifacts;
    } catch (RegistryException e) {
      if (e.code() == ErrorCode.MANIFEST_BLOB_UNKNOWN || e.code() == ErrorCode.SIZE_INVALID) {
        throw new FormatException(String.valueOf(e.getMessage()), e);
      }
      throw e;
    }
  }
}
