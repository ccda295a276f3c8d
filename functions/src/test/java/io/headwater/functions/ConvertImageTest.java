package io.headwater.functions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.QueueTrigger;
import com.microsoft.azure.functions.spi.inject.FunctionInstanceInjector;
import io.headwater.oci.Digest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.Registry;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.source.Archives;
import io.headwater.source.ImageImport;
import io.headwater.store.ContentStore;
import io.headwater.store.azure.AzureStore;
import io.headwater.tool.Azurite;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.UUID;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;

/** The trigger as Azure's worker calls it, over Azurite. */
@Tag("tools")
@SuppressWarnings("NullAway.Init")
class ConvertImageTest {
  private static final RepositoryName NAME = new RepositoryName("team/app");

  @TempDir private Path folder = Path.of("");
  private ContentStore store;
  private AnnotationConfigApplicationContext beans;
  private final StringBuilder log = new StringBuilder();

  @BeforeEach
  void start() throws IOException {
    var container = "functions-" + UUID.randomUUID();
    var account = Azurite.start().connectionString();
    store = AzureStore.open(account, container);
    beans = new AnnotationConfigApplicationContext();
    beans
        .getEnvironment()
        .getPropertySources()
        .addFirst(
            new MapPropertySource(
                "host",
                Map.of(FunctionBeans.STORAGE, account, FunctionBeans.CONTAINER, container)));
    beans.register(FunctionBeans.class);
    beans.refresh();
  }

  @AfterEach
  void stop() {
    beans.close();
  }

  private final class Context implements ExecutionContext {
    @Override
    public Logger getLogger() {
      var logger = Logger.getAnonymousLogger();
      logger.setUseParentHandlers(false);
      logger.addHandler(
          new Handler() {
            @Override
            public void publish(LogRecord entry) {
              log.append(entry.getLevel()).append(' ').append(entry.getMessage()).append('\n');
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
          });
      return logger;
    }

    @Override
    public String getInvocationId() {
      return "1";
    }

    @Override
    public String getFunctionName() {
      return "ConvertImage";
    }
  }

  private Digest importImage() throws IOException {
    var layout =
        Images.layout(folder.resolve("in"), Layer.gzip(new Tar().file("etc/motd", "hello")));
    try (var source = Archives.open(layout, "latest")) {
      return new ImageImport(source, store, new Registry(store).repository(NAME), n -> {})
          .run()
          .digest();
    }
  }

  private void call(String message) {
    beans.getBean(ConvertImage.class).run(message, new Context());
  }

  @Test
  void messageBecomesStreamingArtifact() throws IOException {
    var image = importImage();
    call("{\"repository\":\"team/app\",\"digest\":\"" + image + "\"}");
    var found =
        new Registry(store).repository(NAME).referrers(image, MediaTypes.STREAMING_ARTIFACT);
    assertThat(found).hasSize(1);
    assertThat(log).contains("team/app@" + image + ": Succeeded");
  }

  @Test
  void messageGivenTwiceIsNoFault() throws IOException {
    var image = importImage();
    var message = "{\"repository\":\"team/app\",\"digest\":\"" + image + "\"}";
    call(message);
    call(message);
    assertThat(new Registry(store).repository(NAME).referrers(image, "")).hasSize(1);
  }

  @Test
  void imageThatIsNotThereEndsWithItsCode() {
    call("{\"repository\":\"team/app\",\"digest\":\"" + Digest.of(new byte[0]) + "\"}");
    assertThat(log).contains("Failed").contains("has no image");
  }

  @Test
  void messageThatIsNoneIsDroppedWithOneSentence() {
    for (var message :
        new String[] {"", "x", "{}", "{\"repository\":\"../x\",\"digest\":\"sha256:1\"}"}) {
      log.setLength(0);
      call(message);
      assertThat(log).startsWith("SEVERE A message in the queue 'conversions' is dropped: ");
    }
  }

  @Test
  void storeThatFailsGivesTheMessageBackToTheQueue() {
    var failing =
        new ConvertImage(
            request -> {
              throw new java.io.UncheckedIOException(new IOException("away"));
            });
    var message = "{\"repository\":\"a\",\"digest\":\"" + Digest.of(new byte[0]) + "\"}";
    assertThatThrownBy(() -> failing.run(message, new Context())).hasMessageContaining("away");
  }

  @Test
  void workerFindsTheInjectorAndTheBinding() throws Exception {
    assertThat(ServiceLoader.load(FunctionInstanceInjector.class).findFirst())
        .containsInstanceOf(SpringInstances.class);
    var run = ConvertImage.class.getMethod("run", String.class, ExecutionContext.class);
    assertThat(run.getAnnotation(FunctionName.class).value()).isEqualTo("ConvertImage");
    var trigger = (QueueTrigger) run.getParameterAnnotations()[0][0];
    assertThat(trigger.queueName()).isEqualTo("conversions");
    assertThat(trigger.connection()).isEqualTo(FunctionBeans.STORAGE);
  }
}
