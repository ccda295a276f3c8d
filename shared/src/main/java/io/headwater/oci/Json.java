package io.headwater.oci;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The JSON of this project: bounded in depth, without duplicate keys, errors as one sentence. What
 * comes from outside becomes a value by {@link Field}, never by binding it to a type.
 */
public final class Json {
  private static final int MAX_DEPTH = 100;

  /**
   * Names, values, and the beginnings and ends of lists and objects. An index of 10,000 images has
   * 250,000; of what is smaller than a text of its size, 4 MiB would become 200 MiB in memory.
   */
  private static final long MAX_TOKENS = 300_000;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxTokenCount(MAX_TOKENS)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  /**
   * Reads an object.
   *
   * @param what for messages
   */
  public static ObjectNode object(byte[] bytes, String what) throws FormatException {
    if (tree(bytes, what) instanceof ObjectNode object) {
      return object;
    }
    throw new FormatException(what + ": not a JSON object");
  }

  /** Reads a value of any kind; of nothing at all, none. */
  static JsonNode tree(byte[] bytes, String what) throws FormatException {
    try {
      var tree = MAPPER.readTree(bytes);
      if (hasSurrogateEscape(bytes)) {
        checkTexts(tree, what);
      }
      return tree;
    } catch (JacksonException e) {
      throw fault(what, e);
    }
  }

  private static boolean hasSurrogateEscape(byte[] bytes) {
    for (int i = 0; i + 2 < bytes.length; i++) {
      if (bytes[i] == '\\' && bytes[i + 1] == 'u' && (bytes[i + 2] | 0x20) == 'd') {
        return true;
      }
    }
    return false;
  }

  /** Half of a surrogate pair can be read, and never be written again (RFC 8259, section 8.2). */
  private static void checkTexts(JsonNode node, String what) throws FormatException {
    if (node.isString()) {
      checkText(node.stringValue(), what);
    }
    for (var name : node.propertyNames()) {
      checkText(name, what);
    }
    for (var child : node) {
      checkTexts(child, what);
    }
  }

  private static void checkText(String text, String what) throws FormatException {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new FormatException(
          what
              + ": a text has half of a surrogate pair (an escape like \\ud800), which is no character");
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

  private static FormatException fault(String what, JacksonException e) {
    var location = e.getLocation();
    var at = location == null ? "" : position(location.getByteOffset(), location.getLineNr());
    if (e instanceof StreamConstraintsException) {
      return new LimitException(
          what
              + ": JSON nested deeper than "
              + MAX_DEPTH
              + " levels, of more than "
              + MAX_TOKENS
              + " names and values, or with a name or number longer than any has"
              + at);
    }
    var fault =
        e instanceof DatabindException
            ? "more follows behind the value"
            : firstLine(e.getOriginalMessage());
    return new FormatException(what + ": not valid JSON" + at + ": " + fault, e);
  }

  private static String position(long byteOffset, int line) {
    return byteOffset >= 0 ? " at byte " + byteOffset : line > 0 ? " in line " + line : "";
  }

  private static String firstLine(@Nullable String message) {
    return message == null ? "" : message.lines().findFirst().orElse("");
  }
}
