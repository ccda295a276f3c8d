package io.headwater.management;

import io.headwater.convert.ConversionListener;
import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.operation.Conversions;
import io.headwater.operation.Operation;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.Registry;
import io.headwater.registry.RegistryException;
import io.headwater.registry.StreamingSettings;
import java.io.IOException;
import java.util.List;

/**
 * The management of artifact streaming (formats/acr-contract.md, "Management routes"): what each
 * route does, for whichever server has them. Blocks.
 */
public final class StreamingManagement {
  private final Registry registry;
  private final Conversions conversions;

  public StreamingManagement(Registry registry, Conversions conversions) {
    this.registry = registry;
    this.conversions = conversions;
  }

  /**
   * The digest that a tag names, which clients look up before they ask for a conversion.
   *
   * @throws RegistryException if there is no such tag
   */
  public Digest tag(RepositoryName repository, Tag tag) throws IOException {
    return registry
        .repository(repository)
        .tag(tag)
        .orElseThrow(
            () ->
                new RegistryException(
                    ErrorCode.MANIFEST_UNKNOWN,
                    "repository '" + repository + "' has no tag '" + tag + "'"));
  }

  /** A repository's settings. */
  public StreamingSettings settings(RepositoryName repository) throws IOException {
    return registry.repository(repository).streaming();
  }

  /** Turns a repository's streaming on or off. */
  public StreamingSettings update(RepositoryName repository, byte[] body) throws IOException {
    var settings =
        StreamingSettings.of(read(body, json -> json.field("convertPushedImages").flag()));
    registry.repository(repository).putStreaming(settings);
    return settings;
  }

  /** Starts the conversion of an image, or joins the one that is under way. */
  public Operation create(RepositoryName repository, Digest digest, byte[] body)
      throws IOException {
    if (body.length > 0) {
      read(body, json -> json);
    }
    return conversions.start(repository, digest, ConversionListener.NONE).shown();
  }

  /** Reads a request, which is for the only format that there is. */
  private static <T> T read(byte[] body, Field.Reader<T> reader) {
    try {
      var json = Field.document(body, "request");
      requireFormat(json);
      return reader.read(json);
    } catch (FormatException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
  }

  private static void requireFormat(Field json) throws FormatException {
    var format = json.field("conversionFormat").textOr(StreamingSettings.FORMAT);
    var version = json.field("conversionVersion").textOr(StreamingSettings.VERSION);
    if (!format.equals(StreamingSettings.FORMAT) || !version.equals(StreamingSettings.VERSION)) {
      throw invalid(
          "conversionFormat '"
              + format
              + "', version '"
              + version
              + "': only 'overlaybd', version 'v1' is made");
    }
  }

  private static RegistryException invalid(String message) {
    return new RegistryException(ErrorCode.REQUEST_INVALID, message);
  }

  /**
   * An image's last operation.
   *
   * @throws RegistryException if there was none
   */
  public Operation last(RepositoryName repository, Digest digest) throws IOException {
    return conversions
        .last(repository, digest)
        .orElseThrow(
            () ->
                new RegistryException(
                    ErrorCode.OPERATION_UNKNOWN,
                    "there was no conversion of " + repository + "@" + digest))
        .shown();
  }

  /** A repository's operations, the newest first. */
  public List<Operation> list(RepositoryName repository) throws IOException {
    return conversions.list(repository).stream().map(Operation::shown).toList();
  }

  /**
   * An operation.
   *
   * @throws RegistryException if there is none of that id
   */
  public Operation operation(RepositoryName repository, String id) throws IOException {
    return conversions.find(repository, id).orElseThrow(() -> unknown(repository)).shown();
  }

  private static RegistryException unknown(RepositoryName repository) {
    return new RegistryException(
        ErrorCode.OPERATION_UNKNOWN, "repository '" + repository + "' has no such operation");
  }

  /**
   * Cancels an operation.
   *
   * @throws RegistryException if there is none of that id, or it is over
   */
  public Operation cancel(RepositoryName repository, String id) throws IOException {
    var before = operation(repository, id);
    if (before.status().isOver()) {
      throw new RegistryException(
          ErrorCode.CONFLICT,
          "operation "
              + id
              + " is "
              + before.status()
              + "; only one that is NotStarted or Running can be canceled");
    }
    return conversions.cancel(repository, id).orElseThrow(() -> unknown(repository)).shown();
  }
}
