package io.headwater.proxy;

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
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which room of the proxy may know which (docs/architecture.md). */
class ProxyLayeringTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.headwater.proxy");

  /** Every room, and the rooms that it may use. */
  private static final Map<String, List<String>> ROOMS = RoomsPage.of("proxy");

  @Test
  void everyPackageIsARoomOnThePlan() {
    var packages =
        CLASSES.stream()
            .map(c -> c.getPackageName().split("\\."))
            .filter(parts -> parts.length > 3)
            .map(parts -> parts[3])
            .collect(Collectors.toSet());
    assertThat(packages).hasSizeGreaterThan(5).isEqualTo(ROOMS.keySet());
  }

  @Test
  void roomsKnowOnlyWhatLiesBelowThem() {
    ROOMS.forEach(
        (room, below) ->
            noClasses()
                .that()
                .resideInAPackage("io.headwater.proxy." + room + "..")
                .should()
                .dependOnClassesThat(resideInAPackage("io.headwater.proxy..").and(not(room, below)))
                .check(CLASSES));
  }

  private static DescribedPredicate<JavaClass> not(String room, List<String> below) {
    return DescribedPredicate.describe(
        "lie outside " + room + " and " + below,
        c ->
            !c.getPackageName().equals("io.headwater.proxy." + room)
                && !(room.equals("cli") && c.getPackageName().equals("io.headwater.proxy"))
                && below.stream()
                    .noneMatch(b -> c.getPackageName().equals("io.headwater.proxy." + b)));
  }

  @Test
  void roomsHaveNoCycles() {
    slices().matching("io.headwater.proxy.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyAuthKnowsTokensAndPasswords() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.headwater.proxy.auth..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.nimbusds..", "org.springframework.security..")
        .check(CLASSES);
  }
}
