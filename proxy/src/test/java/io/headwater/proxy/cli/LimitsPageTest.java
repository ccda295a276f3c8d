package io.headwater.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What docs/limits.md says of the options is so. */
class LimitsPageTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  private record Row(String option, String value, List<String> metrics, List<String> tests) {}

  private static List<Row> table() throws IOException {
    return Files.readAllLines(ROOT.resolve("docs/limits.md")).stream()
        .map(line -> line.split(" *\\| *", -1))
        .filter(cells -> cells.length == 8 && cells[2].startsWith("`--"))
        .map(
            cells ->
                new Row(
                    code(cells[2]).getFirst(),
                    code(cells[3]).getFirst(),
                    code(cells[5]),
                    code(cells[6])))
        .toList();
  }

  private static List<String> code(String cell) {
    return CODE.matcher(cell).results().map(match -> match.group(1)).toList();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> java(String folder) throws IOException {
    try (var files = Files.walk(ROOT.resolve(folder))) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    }
  }

  @Test
  void everyOptionOfTheTableExistsWithThatDefault() throws Exception {
    var up = new CommandLine(new UpCommand()).getCommandSpec();
    assertThat(table()).hasSizeGreaterThan(20);
    for (var row : table()) {
      var option = up.findOption(row.option());
      assertThat(option).as(row.option()).isNotNull();
      assertThat(option.defaultValue()).as(row.option()).isEqualTo(row.value());
    }
  }

  @Test
  void everyLimitOfClientsIsInTheTable() throws Exception {
    var limits = CommandLine.Model.CommandSpec.forAnnotatedObject(new LimitFlags());
    var told = table().stream().map(Row::option).toList();
    assertThat(told).containsAll(limits.optionsMap().keySet());
  }

  @Test
  void everyMetricAndTestOfTheTableExists() throws Exception {
    var code =
        java("proxy/src/main").stream().map(LimitsPageTest::text).collect(Collectors.joining("\n"));
    var tests =
        java("proxy/src/test").stream()
            .map(file -> file.getFileName().toString())
            .collect(Collectors.toSet());
    java("shared/src/test").forEach(file -> tests.add(file.getFileName().toString()));
    for (var row : table()) {
      assertThat(row.metrics()).as(row.option()).isNotEmpty();
      for (var metric : row.metrics()) {
        var name = metric.replaceFirst("_total$", "").replace('_', '.');
        assertThat(code).contains("\"" + name + "\"");
      }
      assertThat(row.tests()).as(row.option()).isNotEmpty();
      row.tests().forEach(test -> assertThat(tests).contains(test + ".java"));
    }
  }
}
