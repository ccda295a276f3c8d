package io.headwater.sample;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Odd documents, derived mechanically from a right one: each field and each entry of a list in turn
 * is missing, null, of another type, huge, deep, there twice.
 */
public final class OddDocuments {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final String MARK = "@@odd@@";
  private static final String MISSING = "";
  private static final String TWICE = "@@twice@@";

  /** What stands where something else belongs, as it is written. */
  private static final List<String> VALUES =
      List.of(
          MISSING,
          TWICE,
          "null",
          "true",
          "0",
          "-5",
          "1.5",
          "1e400",
          "9223372036854775807",
          "9223372036854775808",
          "-9223372036854775809",
          "\"\"",
          "\"text\"",
          "\"\\u0000\\u001b[31m\\n\"",
          "\"\\ud800\"",
          "\"sha256:" + "0".repeat(64) + "\"",
          "\"" + "x".repeat(5000) + "\"",
          "[]",
          "[null]",
          "[[{}]]",
          "{}",
          "{\"\":null}",
          "{\"a\":{\"b\":[1]}}",
          "[".repeat(200) + "]".repeat(200));

  /** A document, and what is odd about it. */
  public record Odd(String what, byte[] bytes) {
    @Override
    public String toString() {
      return what;
    }
  }

  /** Where something is: the steps from the top. */
  private record Place(List<String> steps) {
    Place below(String step) {
      var longer = new ArrayList<>(steps);
      longer.add(step);
      return new Place(longer);
    }
  }

  private OddDocuments() {}

  /** Every place of a document with every odd value, and documents that are odd as a whole. */
  public static List<Odd> of(byte[] right) {
    var odd = new ArrayList<>(whole(right));
    for (var place : places(right)) {
      for (var value : VALUES) {
        odd.add(new Odd(place.steps() + " = " + shown(value), with(right, place, value)));
      }
    }
    return odd;
  }

  /** A document that is odd in several places. */
  public static Odd random(byte[] right, long seed) {
    var random = new Random(seed);
    var bytes = right;
    var what = new ArrayList<String>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      var places = places(bytes);
      if (places.isEmpty()) {
        break;
      }
      var place = places.get(random.nextInt(places.size()));
      // The last one may be such that nobody can read the document again.
      var value = VALUES.get(random.nextInt(VALUES.size()));
      if (i > 1 && (value.equals(TWICE) || value.length() == 400)) {
        value = "null";
      }
      bytes = with(bytes, place, value);
      what.add(place.steps() + " = " + shown(value));
    }
    return new Odd(String.join(", ", what), bytes);
  }

  private static String shown(String value) {
    return value.isEmpty() ? "(missing)" : value.length() > 30 ? value.substring(0, 30) : value;
  }

  private static List<Odd> whole(byte[] right) {
    var text = new String(right, StandardCharsets.UTF_8);
    var odd = new ArrayList<Odd>();
    for (var value : VALUES) {
      if (!value.equals(TWICE) && !value.isEmpty()) {
        odd.add(new Odd("instead of all " + shown(value), bytes(value)));
      }
    }
    odd.add(new Odd("a space", bytes(" ")));
    odd.add(new Odd("more behind it", bytes(text + " {}")));
    odd.add(new Odd("a byte order mark", bytes("\ufeff" + text)));
    odd.add(new Odd("UTF-16", text.getBytes(StandardCharsets.UTF_16)));
    odd.add(
        new Odd(
            "no UTF-8", text.replace("\"}", "\u00e9\"}").getBytes(StandardCharsets.ISO_8859_1)));
    odd.add(new Odd("NUL behind it", bytes(text + "\0")));
    for (int i = 1; i < 8; i++) {
      odd.add(new Odd("cut at " + i + "/8", bytes(text.substring(0, text.length() * i / 8))));
    }
    return odd;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<Place> places(byte[] document) {
    var places = new ArrayList<Place>();
    collect(MAPPER.readTree(document), new Place(List.of()), places);
    return places;
  }

  private static void collect(JsonNode node, Place at, List<Place> places) {
    if (node instanceof ObjectNode object) {
      for (var name : object.propertyNames()) {
        places.add(at.below(name));
        collect(object.get(name), at.below(name), places);
      }
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        places.add(at.below("#" + i));
        collect(array.get(i), at.below("#" + i), places);
      }
    }
  }

  private static byte[] with(byte[] right, Place place, String value) {
    var tree = MAPPER.readTree(right);
    var parent = tree;
    for (var step : place.steps().subList(0, place.steps().size() - 1)) {
      parent = parent instanceof ArrayNode array ? array.get(index(step)) : parent.get(step);
    }
    var last = place.steps().getLast();
    var old = parent instanceof ArrayNode array ? array.get(index(last)) : parent.get(last);
    if (parent instanceof ArrayNode array) {
      if (value.isEmpty()) {
        array.remove(index(last));
      } else {
        array.set(index(last), MARK);
      }
    } else if (parent instanceof ObjectNode object) {
      if (value.isEmpty()) {
        object.remove(last);
      } else {
        object.put(last, MARK);
      }
    }
    var before = MAPPER.writeValueAsString(old);
    var name = parent instanceof ObjectNode ? MAPPER.writeValueAsString(last) + ":" : "";
    var written = value.equals(TWICE) ? before + "," + name + before : value;
    return bytes(MAPPER.writeValueAsString(tree).replace("\"" + MARK + "\"", written));
  }

  private static int index(String step) {
    return Integer.parseInt(step.substring(1));
  }
}
