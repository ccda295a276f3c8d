package io.headwater.functions;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Json;
import io.headwater.tool.Azurite;
import java.io.File;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/**
 * The app as azure-functions-maven-plugin put it together. Its entry points are driven from its own
 * jars, found and made the way Azure's Java worker does it: by {@code function.json}, a class
 * loader of the app's own, and the instance injector. The worker itself cannot be had from any
 * package registry; what it does over gRPC (conversion of the host's messages into arguments, the
 * client for a blob) is not tested.
 */
class FunctionAppIT {
  private static final Path APP = Path.of("target/azure-functions/headwater-functions");
  private static final Pattern SETTING = Pattern.compile("%([A-Z_]+)%");

  private static ObjectNode json(Path file) throws Exception {
    return Json.object(Files.readAllBytes(file), file.toString());
  }

  /** Each function's trigger, on one line. */
  private static Map<String, String> triggers() throws Exception {
    var found = new TreeMap<String, String>();
    try (var folders = Files.list(APP)) {
      for (var folder : folders.filter(f -> Files.exists(f.resolve("function.json"))).toList()) {
        var trigger = json(folder.resolve("function.json")).path("bindings").get(0);
        var line = new StringBuilder(trigger.path("type").asString(""));
        for (var field :
            List.of(
                "path",
                "source",
                "queueName",
                "schedule",
                "route",
                "methods",
                "authLevel",
                "connection",
                "properties")) {
          if (trigger.has(field)) {
            line.append(' ').append(trigger.path(field).toString().replace("\"", ""));
          }
        }
        found.put(folder.getFileName().toString(), line.toString());
      }
    }
    return found;
  }

  @Test
  void everyFunctionHasTheTriggerThatIsExpected() throws Exception {
    assertThat(triggers())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "ImportUploadedImage",
                    "blobTrigger %HEADWATER_UPLOADS%/{name} EventGrid HeadwaterStorage {supportsDeferredBinding:true}",
                "OnImagePushed",
                    "blobTrigger %HEADWATER_CONTAINER%/pushed/{name} EventGrid HeadwaterStorage",
                "OnRegistryEvent", "eventGridTrigger",
                "OnRegistryWebhook", "httpTrigger hooks/registry [POST] FUNCTION",
                "ConvertImage", "queueTrigger %HEADWATER_QUEUE% HeadwaterStorage",
                "ManageStreaming", "httpTrigger acr/v1/{*path} [GET,POST] FUNCTION",
                "PurgeDeleted", "timerTrigger %HEADWATER_PURGE_SCHEDULE%",
                "CollectGarbage", "timerTrigger %HEADWATER_GARBAGE_SCHEDULE%",
                "ReportStorage", "timerTrigger %HEADWATER_STORAGE_SCHEDULE%",
                "SweepOperations", "timerTrigger %HEADWATER_SWEEP_SCHEDULE%"));
  }

  @Test
  void whatIsPoisonGoesToTheQueuesOwnPoisonQueue() throws Exception {
    for (var name :
        List.of("ImportUploadedImage", "OnImagePushed", "OnRegistryEvent", "ConvertImage")) {
      var out = json(APP.resolve(name).resolve("function.json")).path("bindings").get(1);
      assertThat(out.path("type").asString("")).isEqualTo("queue");
      assertThat(out.path("direction").asString("")).isEqualTo("out");
      assertThat(out.path("queueName").asString("")).isEqualTo("%HEADWATER_QUEUE%-poison");
    }
  }

  @Test
  void hostTakesOneConversionAtATimeFiveTimesAtMost() throws Exception {
    var host = json(APP.resolve("host.json"));
    var queues = host.path("extensions").path("queues");
    assertThat(host.path("version").asString("")).isEqualTo("2.0");
    assertThat(host.path("extensions").path("http").path("routePrefix").asString("none")).isEmpty();
    assertThat(queues.path("batchSize").asInt(0)).isEqualTo(1);
    assertThat(queues.path("newBatchThreshold").asInt(-1)).isZero();
    assertThat(queues.path("maxDequeueCount").asInt(0)).isEqualTo(5);
    assertThat(queues.path("messageEncoding").asString("")).isEqualTo("base64");
  }

  @Test
  void everySettingThatABindingNamesIsInTheSample() throws Exception {
    var sample = json(Path.of("../local.settings.sample.json")).path("Values");
    for (var trigger : triggers().values()) {
      var matcher = SETTING.matcher(trigger);
      while (matcher.find()) {
        assertThat(sample.has(matcher.group(1))).as(matcher.group(1)).isTrue();
      }
    }
    assertThat(sample.has("HeadwaterStorage")).isTrue();
  }

  /** The app's own classes and nothing of this test's; Azure's library above, as in the worker. */
  private static URLClassLoader loader() throws Exception {
    var jars = new ArrayList<URL>();
    for (var folder : List.of(APP, APP.resolve("lib"), Path.of("target/worker"))) {
      for (var file : folder.toFile().listFiles((d, name) -> name.endsWith(".jar"))) {
        jars.add(file.toURI().toURL());
      }
    }
    return new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
  }

  private record Worker(URLClassLoader app) {
    Object instance(Class<?> type) throws Exception {
      var injector =
          app.loadClass("com.microsoft.azure.functions.spi.inject.FunctionInstanceInjector");
      // The worker takes no app that has several.
      var found = ServiceLoader.load(injector, app).stream().toList();
      assertThat(found).hasSize(1);
      assertThat(found.getFirst().type().getName()).endsWith("AzureFunctionInstanceInjector");
      return injector.getMethod("getInstance", Class.class).invoke(found.getFirst().get(), type);
    }

    Method entryPoint(String function) throws Exception {
      var json = json(APP.resolve(function).resolve("function.json"));
      assertThat(new File(APP.resolve(function).toFile(), json.path("scriptFile").asString("")))
          .exists();
      var entry = json.path("entryPoint").asString("");
      var dot = entry.lastIndexOf('.');
      return Arrays.stream(app.loadClass(entry.substring(0, dot)).getMethods())
          .filter(method -> method.getName().equals(entry.substring(dot + 1)))
          .findFirst()
          .orElseThrow();
    }

    /** An object of one of Azure's interfaces; what is set is kept. */
    Object stub(String type, Map<String, Object> answers, StringBuilder kept) throws Exception {
      return Proxy.newProxyInstance(
          app,
          new Class<?>[] {app.loadClass(type)},
          (self, method, arguments) -> {
            if (method.getName().equals("setValue") && arguments != null) {
              kept.append(arguments[0]);
            }
            return answers.get(method.getName());
          });
    }
  }

  @Test
  @Tag("tools")
  void entryPointsRunFromThePackagedJarsAsTheWorkerCallsThem() throws Exception {
    var id = UUID.randomUUID().toString();
    System.setProperty("HeadwaterStorage", Azurite.start().connectionString());
    System.setProperty("HEADWATER_CONTAINER", "app-" + id);
    System.setProperty("HEADWATER_QUEUE", "app-" + id);
    var main = json(Path.of("../local.settings.sample.json")).path("Values").path("MAIN_CLASS");
    System.setProperty("MAIN_CLASS", main.asString(""));
    var before = Thread.currentThread().getContextClassLoader();
    try (var app = loader()) {
      Thread.currentThread().setContextClassLoader(app);
      var worker = new Worker(app);
      assertThat(call(worker, "ConvertImage", "nonsense")).contains("\"reason\"");
      assertThat(call(worker, "OnRegistryEvent", "{}")).contains("\"reason\"");
      assertThat(call(worker, "OnImagePushed", "{}")).contains("\"reason\"");
      for (var timer :
          List.of("PurgeDeleted", "CollectGarbage", "ReportStorage", "SweepOperations")) {
        assertThat(call(worker, timer, "{}")).isEmpty();
      }
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  /** Calls a function; gives what it put into its output. */
  private static String call(Worker worker, String function, String data) throws Exception {
    var method = worker.entryPoint(function);
    var kept = new StringBuilder();
    var context =
        worker.stub(
            "com.microsoft.azure.functions.ExecutionContext",
            Map.of(
                "getLogger",
                java.util.logging.Logger.getAnonymousLogger(),
                "getFunctionName",
                function,
                "getInvocationId",
                "1"),
            kept);
    var output = worker.stub("com.microsoft.azure.functions.OutputBinding", Map.of(), kept);
    var arguments = new ArrayList<@Nullable Object>();
    for (var type : method.getParameterTypes()) {
      arguments.add(
          switch (type.getSimpleName()) {
            case "String" -> data;
            case "OutputBinding" -> output;
            case "ExecutionContext" -> context;
            default -> throw new AssertionError(type);
          });
    }
    method.invoke(worker.instance(method.getDeclaringClass()), arguments.toArray());
    return kept.toString();
  }

  @Test
  void appHasNoSecretsAndNoTestCode() throws Exception {
    try (var files = Files.walk(APP)) {
      assertThat(files.map(Path::toString)).noneMatch(name -> name.contains("test"));
    }
    var settings = Files.readString(APP.resolve("local.settings.json"), StandardCharsets.UTF_8);
    assertThat(settings).doesNotContain("AccountKey");
  }
}
