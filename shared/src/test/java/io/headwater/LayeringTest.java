package io.headwater;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.headwater.tool.RoomsPage;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which room may know which (docs/architecture.md), and which libraries. */
class LayeringTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.headwater");

  /** Every room, and the rooms that it may use. */
  private static final Map<String, List<String>> ROOMS = RoomsPage.of("shared");

  /** Every library, and the rooms that may use it. */
  private static final Map<String, List<String>> LIBRARIES =
      Map.of(
          "tools.jackson..",
              List.of("oci", "source", "registry", "convert", "operation", "management", "event"),
          "com.fasterxml.jackson..",
              List.of("oci", "convert", "source", "store", "registry", "operation"),
          "ch.qos.logback..", List.of("log"),
          "com.azure..", List.of("store", "source"),
          "reactor..", List.of("store"),
          "com.github.luben.zstd..", List.of("zfile", "layer"),
          "net.jpountz..", List.of("zfile"),
          "org.slf4j..", List.of("loop", "operation", "upload", "management"));

  @Test
  void everyPackageIsARoomOnThePlan() {
    var packages =
        CLASSES.stream()
            .map(c -> c.getPackageName().split("\\."))
            .filter(parts -> parts.length > 2)
            .map(parts -> parts[2])
            .collect(Collectors.toSet());
    assertThat(packages).hasSizeGreaterThan(10).isEqualTo(ROOMS.keySet());
  }

  @Test
  void roomsKnowOnlyWhatLiesBelowThem() {
    ROOMS.forEach(
        (room, below) ->
            noClasses()
                .that()
                .resideInAPackage("io.headwater." + room + "..")
                .should()
                .dependOnClassesThat(
                    resideInAPackage("io.headwater..")
                        .and(notIn("io.headwater." + room + ".."))
                        .and(
                            notIn(
                                below.stream()
                                    .map(other -> "io.headwater." + other + "..")
                                    .toArray(String[]::new))))
                .check(CLASSES));
  }

  @Test
  void librariesStayInTheirRooms() {
    LIBRARIES.forEach(
        (library, rooms) ->
            noClasses()
                .that(
                    notIn(
                        rooms.stream()
                            .map(room -> "io.headwater." + room + "..")
                            .toArray(String[]::new)))
                .should()
                .dependOnClassesThat(resideInAPackage(library))
                .check(CLASSES));
  }

  @Test
  void storesDoNotKnowEachOther() {
    noClasses()
        .that()
        .resideInAPackage("io.headwater.store.file..")
        .should()
        .dependOnClassesThat(resideInAPackage("io.headwater.store.azure.."))
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage("io.headwater.store.azure..")
        .should()
        .dependOnClassesThat(resideInAPackage("io.headwater.store.file.."))
        .check(CLASSES);
  }

  @Test
  void roomsHaveNoCycles() {
    slices().matching("io.headwater.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  private static DescribedPredicate<JavaClass> notIn(String... packages) {
    return DescribedPredicate.describe(
        "reside outside " + Arrays.toString(packages),
        c -> Arrays.stream(packages).noneMatch(p -> resideInAPackage(p).test(c)));
  }
}
