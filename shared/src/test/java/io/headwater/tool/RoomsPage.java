package io.headwater.tool;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The tables of docs/architecture.md that say which rooms there are and which may use which. */
public final class RoomsPage {
  private static final Path PAGE = Path.of("../docs/architecture.md");
  private static final Pattern CODE = Pattern.compile("`([a-z0-9]+)`");

  private RoomsPage() {}

  /** Every room of a module, and the rooms that it may use. */
  public static Map<String, List<String>> of(String module) {
    var rooms = new LinkedHashMap<String, List<String>>();
    var isHere = false;
    for (var line : lines()) {
      if (line.startsWith("## ")) {
        isHere = line.equals("## Rooms of " + module);
      }
      var cells = line.split("\\|", -1);
      if (isHere && cells.length == 5 && cells[1].contains("`")) {
        rooms.put(names(cells[1]).getFirst(), names(cells[3]));
      }
    }
    return rooms;
  }

  private static List<String> names(String cell) {
    return CODE.matcher(cell).results().map((MatchResult found) -> found.group(1)).toList();
  }

  private static List<String> lines() {
    try {
      return Files.readAllLines(PAGE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
