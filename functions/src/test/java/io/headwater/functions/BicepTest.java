package io.headwater.functions;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Json;
import io.headwater.tool.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The templates under infra/bicep, and that they say what the programs understand. */
class BicepTest {
  private static final Path TEMPLATES = Path.of("../infra/bicep");

  @TempDir private Path folder = Path.of("");

  private static Command check(Path templates) throws Exception {
    var tools = System.getenv("HEADWATER_TEST_BICEP");
    if (tools == null) {
      throw new AssertionError("the checker is missing; ./headwater test installs it");
    }
    var bin = Path.of(tools);
    return Command.run(
        bin.resolve("python"), Command.ours("bicep/check"), templates, bin.resolve("azmcp"));
  }

  @Test
  @Tag("tools")
  void templatesParseFitTogetherAndFollowTheSchemasOfAzure() throws Exception {
    var result = check(TEMPLATES);
    assertThat(result.output()).contains("are in order").doesNotContain(".bicep:");
    assertThat(result.exitCode()).isZero();
  }

  @Test
  @Tag("tools")
  void faultsAreFound() throws Exception {
    Files.writeString(
        folder.resolve("main.bicep"),
        """
        param name string
        param unused string
        resource id 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
          nme: name
          location: loction
        }
        module part 'part.bicep' = {
          name: 'part'
          params: {
            b: part.outputs.nothing
          }
        }
        output key string = id.listKeys().key
        var role = 'b7e6dc6d-f1e8-4753-8033-000000000000'
        """);
    Files.writeString(folder.resolve("part.bicep"), "param a string\nvar x = a\nvar y = {\n");
    var result = check(folder);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output())
        .contains(
            "main.bicep:1: parameter 'unused' is not used",
            "@2023-01-31: the version that is known is",
            "has no property 'nme'",
            "needs property 'name'",
            "'loction' is not declared",
            "part.bicep has no parameter 'b'",
            "part.bicep needs parameter 'a'",
            "part.bicep has no output 'nothing'",
            "output 'key' may have a secret",
            "role b7e6dc6d-f1e8-4753-8033-000000000000 is none that is known",
            "does not parse");
  }

  private static Set<String> names(String file, String pattern) throws Exception {
    var found = new TreeSet<String>();
    var matcher =
        Pattern.compile(pattern).matcher(Files.readString(TEMPLATES.resolve("modules/" + file)));
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  @Test
  void deployedFunctionsGetEverySettingOfTheSample() throws Exception {
    var sample = new TreeSet<String>();
    Json.object(Files.readAllBytes(Path.of("../local.settings.sample.json")), "sample")
        .path("Values")
        .propertyNames()
        .stream()
        .filter(name -> name.startsWith("HEADWATER_") || name.equals("MAIN_CLASS"))
        .forEach(sample::add);
    assertThat(names("functions.bicep", "name: '(HEADWATER_[A-Z_]+|MAIN_CLASS)'"))
        .isEqualTo(sample);
  }

  @Test
  void subscriptionsAreForFunctionsThatThereAre() throws Exception {
    var source = new StringBuilder();
    try (var files = Files.walk(Path.of("src/main/java/io/headwater/functions"))) {
      for (var file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        source.append(Files.readString(file));
      }
    }
    var events = Files.readString(TEMPLATES.resolve("events.bicep"));
    var matcher = Pattern.compile("functionName: '([A-Za-z]+)'").matcher(events);
    assertThat(matcher.results().map(result -> result.group(1)))
        .containsExactly("ImportUploadedImage", "OnImagePushed")
        .allMatch(name -> source.toString().contains("@FunctionName(\"" + name + "\")"));
  }

  @Test
  void proxyTakesAddressesOfClientsFromItsIngressAlone() throws Exception {
    var proxy = Files.readString(TEMPLATES.resolve("modules/proxy.bicep"));
    assertThat(proxy).contains("{ name: 'HEADWATER_TRUSTED_PROXIES', value: ingress }");
    var ingress = Pattern.compile("(?m)^var ingress = '(.+)'$").matcher(proxy);
    assertThat(ingress.find()).isTrue();
    assertThat(ingress.group(1).split(","))
        .contains("${subnetPrefix}")
        .allSatisfy(
            range ->
                assertThat(range).doesNotContain("*").doesNotEndWith("/0").doesNotEndWith("/8"));
  }

  @Test
  void proxyIsGivenOptionsThatItHas() throws Exception {
    var options = new StringBuilder();
    try (var files = Files.list(Path.of("../proxy/src/main/java/io/headwater/proxy/cli"))) {
      for (var file : files.toList()) {
        options.append(Files.readString(file));
      }
    }
    options.append("\"--log-format\""); // an environment variable only (logback.xml)
    for (var name : names("proxy.bicep", "name: 'HEADWATER_([A-Z_]+)'")) {
      var option = "--" + name.toLowerCase(java.util.Locale.ROOT).replace('_', '-');
      assertThat(options.toString()).contains("\"" + option + "\"");
    }
  }
}
