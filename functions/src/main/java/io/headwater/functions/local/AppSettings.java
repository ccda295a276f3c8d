package io.headwater.functions.local;

import io.headwater.fault.FormatException;
import io.headwater.oci.Field;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** App settings, and the names in bindings that stand for them ({@code %NAME%}). */
record AppSettings(Map<String, String> values) {
  private static final Pattern NAME = Pattern.compile("%([A-Za-z0-9_]+)%");

  /**
   * Settings of a file in the form of {@code local.settings.json}; the environment's are taken
   * before them.
   */
  static AppSettings read(Path file, Map<String, String> environment) throws IOException {
    var json = Field.document(Files.readAllBytes(file), file.toString());
    var values = new HashMap<>(json.field("Values").optional(Field::texts).orElse(Map.of()));
    values.replaceAll(environment::getOrDefault);
    return new AppSettings(values);
  }

  /** The same with one setting. */
  AppSettings with(String name, String value) {
    var changed = new HashMap<>(values);
    changed.put(name, value);
    return new AppSettings(changed);
  }

  /** A text with settings instead of their names. */
  String resolve(String text) throws FormatException {
    var found = new StringBuilder();
    var matcher = NAME.matcher(text);
    while (matcher.find()) {
      var value = values.get(matcher.group(1));
      if (value == null) {
        throw new FormatException("the app setting " + matcher.group(1) + " is missing");
      }
      matcher.appendReplacement(found, java.util.regex.Matcher.quoteReplacement(value));
    }
    return matcher.appendTail(found).toString();
  }
}
