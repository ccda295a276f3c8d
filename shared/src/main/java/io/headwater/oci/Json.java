package io.headwater.oci;

import io.headwater.fault.FormatException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads and writes the JSON of this project: bounded in depth, without duplicate keys, errors as
 * one sentence.
 */
public final class Json {
  private static final int MAX_DEPTH = 100;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  /**
   * Reads an object.
   *
   * @param what for messages
   */
  public static ObjectNode object(byte[] bytes, String what) throws FormatException {
    try {
      if (MAPPER.readTree(bytes) instanceof ObjectNode object) {
        return object;
      }
      throw new FormatException(what + ": not a JSON object");
    } catch (JacksonException e) {
      throw fault(what, e);
    }
  }

  /** Reads one value, or a list of them. */
  public static List<JsonNode> oneOrMore(byte[] bytes, String what) throws FormatException {
    try {
      var json = MAPPER.readTree(bytes);
      return json.isArray() ? List.copyOf(json.values()) : List.of(json);
    } catch (JacksonException e) {
      throw fault(what, e);
    }
  }

  /** Binds an object to a type. */
  public static <T> T read(JsonNode json, Class<T> type, String what) throws FormatException {
    try {
      return MAPPER.treeToValue(json, type);
    } catch (JacksonException e) {
      throw fault(what, e);
    }
  }

  /** Reads a document of a type. */
  public static <T> T read(byte[] bytes, Class<T> type, String what) throws FormatException {
    return read(object(bytes, what), type, what);
  }

  /** Reads an array of objects of a type. */
  public static <T> List<T> readList(byte[] bytes, Class<T> type, String what)
      throws FormatException {
    try {
      return MAPPER.readerForListOf(type).readValue(bytes);
    } catch (JacksonException e) {
      throw fault(what, e);
    }
  }

  /** Writes a document. */
  public static byte[] write(Object value) {
    return MAPPER.writeValueAsBytes(value);
  }

  /** A new empty object. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static void require(boolean holds, String fault) {
    if (!holds) {
      throw new IllegalArgumentException(fault);
    }
  }

  private static FormatException fault(String what, JacksonException e) {
    var location = e.getLocation();
    var at = location == null ? "" : position(location.getByteOffset(), location.getLineNr());
    return new FormatException(
        what + ": not valid JSON" + at + ": " + firstLine(e.getOriginalMessage()), e);
  }

  private static String position(long byteOffset, int line) {
    return byteOffset >= 0 ? " at byte " + byteOffset : line > 0 ? " in line " + line : "";
  }

  private static String firstLine(@Nullable String message) {
    return message == null ? "" : message.lines().findFirst().orElse("");
  }
}
