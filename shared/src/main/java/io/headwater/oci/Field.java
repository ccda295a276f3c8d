package io.headwater.oci;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * A place in a JSON document from outside, with what is there: the one way from such a document to
 * a value. What it gives holds what its type says; whatever else is there is a {@link
 * FormatException} of one sentence: the place, what it has, what is wanted ("manifest:
 * layers[2].size: -5, a whole number from 0 to 9223372036854775807 is wanted").
 *
 * <p>A field that is null counts as one that is missing: Go writes its nil lists and maps so.
 * Fields that nobody asks for are no fault.
 */
public final class Field {
  /** A list in a document has at most so many entries, and an object of texts at most so many. */
  public static final int MAX_ENTRIES = 10_000;

  /** Nothing that a text states, a name or a digest, is longer. */
  private static final int MAX_STATEMENT = 4096;

  private static final int SHOWN = 60;

  /** Reads what a field holds. */
  public interface Reader<T> {
    T read(Field field) throws FormatException;
  }

  /** Reads what a text states. */
  public interface Parser<T> {
    T parse(String text) throws FormatException;
  }

  private final JsonNode node;
  private final String document;
  private final String path;

  private Field(JsonNode node, String document, String path) {
    this.node = node;
    this.document = document;
    this.path = path;
  }

  /**
   * A whole document, which has to be an object.
   *
   * @param what it is, for messages
   */
  public static Field document(byte[] bytes, String what) throws FormatException {
    return of(Json.object(bytes, what), what);
  }

  /** A document that was read already. */
  public static Field of(JsonNode document, String what) {
    return new Field(document, what, "");
  }

  /**
   * The entries of a document that is a list.
   *
   * @param what it is, for messages
   */
  public static List<Field> list(byte[] bytes, String what) throws FormatException {
    return of(Json.tree(bytes, what), what).items();
  }

  /** A document that is one object, or a list of them. */
  public static List<Field> oneOrMore(byte[] bytes, String what) throws FormatException {
    var all = of(Json.tree(bytes, what), what);
    return all.node.isArray() ? all.items() : List.of(all);
  }

  /** What is there, unread. */
  public JsonNode json() {
    return node;
  }

  /** Whether there is nothing, or null. */
  public boolean isAbsent() {
    return node.isMissingNode() || node.isNull();
  }

  /** Whether there is an object. */
  public boolean isObject() {
    return node.isObject();
  }

  /**
   * A field of the object that is here; it may be missing.
   *
   * @throws FormatException if no object is here
   */
  public Field field(String name) throws FormatException {
    if (!node.isObject()) {
      throw wrong("an object");
    }
    var shown = name.matches("[A-Za-z0-9._/-]{1,60}") ? name : quoted(name);
    return new Field(node.path(name), document, path.isEmpty() ? shown : path + "." + shown);
  }

  /** The object in a field; one without fields when there is nothing. */
  public Field objectOrEmpty(String name) throws FormatException {
    var field = field(name);
    return field.isAbsent() ? new Field(Json.object(), document, field.path) : field;
  }

  /** What the field holds, by the reader; empty when there is nothing. */
  public <T> Optional<T> optional(Reader<T> reader) throws FormatException {
    return isAbsent() ? Optional.empty() : Optional.of(reader.read(this));
  }

  /** A text. */
  public String text() throws FormatException {
    if (!node.isString()) {
      throw wrong("a text");
    }
    return node.stringValue();
  }

  /** A text; the given one when there is nothing. */
  public String textOr(String other) throws FormatException {
    return isAbsent() ? other : text();
  }

  /** A text that states something: a digest, a name. */
  public <T> T parsed(Parser<T> parser) throws FormatException {
    var text = text();
    if (text.length() > MAX_STATEMENT) {
      throw wrong("a text of at most " + MAX_STATEMENT + " characters");
    }
    try {
      return parser.parse(text);
    } catch (FormatException | IllegalArgumentException e) {
      throw new FormatException(place() + ": " + plain(String.valueOf(e.getMessage())), e);
    }
  }

  /** One of an enumeration's names. */
  public <E extends Enum<E>> E oneOf(Class<E> names) throws FormatException {
    var text = text();
    for (var one : names.getEnumConstants()) {
      if (one.name().equals(text)) {
        return one;
      }
    }
    throw wrong("one of " + List.of(names.getEnumConstants()));
  }

  /** A whole number. */
  public long number(long least, long most) throws FormatException {
    if (!node.isIntegralNumber()
        || !node.canConvertToLong()
        || node.longValue() < least
        || node.longValue() > most) {
      throw wrong("a whole number from " + least + " to " + most);
    }
    return node.longValue();
  }

  /** A whole number; the given one when there is nothing. */
  public int numberOr(int other, int least, int most) throws FormatException {
    return isAbsent() ? other : (int) number(least, most);
  }

  /** A number of bytes. */
  public long bytes() throws FormatException {
    return number(0, Long.MAX_VALUE);
  }

  /** True or false. */
  public boolean flag() throws FormatException {
    if (!node.isBoolean()) {
      throw wrong("true or false");
    }
    return node.booleanValue();
  }

  /** A time, as ISO 8601 has it. */
  public Instant time() throws FormatException {
    var text = text();
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw wrong("a time like 2026-01-31T12:00:00Z", e);
    }
  }

  /** Content in base64. */
  public byte[] base64() throws FormatException {
    var text = text();
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw wrong("base64", e);
    }
  }

  /**
   * The entries of a list, none of which is null.
   *
   * @throws LimitException if there are more than {@link #MAX_ENTRIES}
   */
  public List<Field> items() throws FormatException {
    if (!node.isArray()) {
      throw wrong("a list");
    }
    checkEntries();
    var items = new ArrayList<Field>();
    for (int i = 0; i < node.size(); i++) {
      var item = new Field(node.get(i), document, path + "[" + i + "]");
      if (item.isAbsent()) {
        throw item.wrong("an entry");
      }
      items.add(item);
    }
    return items;
  }

  /** A list, its entries by the reader. */
  public <T> List<T> list(Reader<T> reader) throws FormatException {
    var read = new ArrayList<T>();
    for (var item : items()) {
      read.add(reader.read(item));
    }
    return List.copyOf(read);
  }

  /**
   * A list that has to be said. Go writes a list without entries as null, and whoever makes
   * manifests in Go does so too: null is one without entries.
   */
  public <T> List<T> entries(Reader<T> reader) throws FormatException {
    return node.isNull() ? List.of() : list(reader);
  }

  /** A list; one without entries when there is nothing. */
  public <T> List<T> listOrNone(Reader<T> reader) throws FormatException {
    return isAbsent() ? List.of() : list(reader);
  }

  /** The fields of the object that is here, in their order. */
  public Map<String, Field> fields() throws FormatException {
    if (!node.isObject()) {
      throw wrong("an object");
    }
    checkEntries();
    var fields = new LinkedHashMap<String, Field>();
    for (var name : node.propertyNames()) {
      fields.put(name, field(name));
    }
    return fields;
  }

  /**
   * An object whose values are texts.
   *
   * @throws LimitException if there are more than {@link #MAX_ENTRIES}
   */
  public Map<String, String> texts() throws FormatException {
    var texts = new LinkedHashMap<String, String>();
    for (var entry : fields().entrySet()) {
      texts.put(entry.getKey(), entry.getValue().text());
    }
    return texts;
  }

  private void checkEntries() throws LimitException {
    if (node.size() > MAX_ENTRIES) {
      throw new LimitException(
          place() + " has " + node.size() + " entries: at most " + MAX_ENTRIES + " are taken");
    }
  }

  /** The fault that what is here is not what is wanted. */
  public FormatException wrong(String wanted) {
    return new FormatException(sentence(wanted));
  }

  private FormatException wrong(String wanted, Throwable cause) {
    return new FormatException(sentence(wanted), cause);
  }

  private String sentence(String wanted) {
    return node instanceof MissingNode
        ? place() + " is missing; " + wanted + " is wanted"
        : place() + ": " + shown() + ", " + wanted + " is wanted";
  }

  private String place() {
    return path.isEmpty() ? document : document + ": " + path;
  }

  private String shown() {
    if (node.isObject()) {
      return node.isEmpty() ? "an empty object" : "an object";
    }
    if (node.isArray()) {
      return node.isEmpty() ? "an empty list" : "a list";
    }
    return shorten(node.isString() ? node.stringValue() : node.toString(), node.isString());
  }

  /** A text as messages show it: short, in one line, and nothing in it that a terminal obeys. */
  public static String quoted(String text) {
    return shorten(text, true);
  }

  private static String shorten(String text, boolean quoted) {
    var start = text.length() > SHOWN ? text.substring(0, SHOWN) : text;
    return (quoted ? "'" + plain(start) + "'" : plain(start)) + (text.length() > SHOWN ? "…" : "");
  }

  private static String plain(String text) {
    return text.replaceAll("\\p{Cntrl}|\\p{Cs}|\\p{Cf}", "?");
  }
}
