package io.headwater.functions.local;

import com.microsoft.azure.functions.annotation.BlobTrigger;
import com.microsoft.azure.functions.annotation.EventGridTrigger;
import com.microsoft.azure.functions.annotation.HttpTrigger;
import com.microsoft.azure.functions.annotation.QueueTrigger;
import com.microsoft.azure.functions.annotation.TimerTrigger;
import io.headwater.functions.FunctionApp;
import io.headwater.functions.beans.FunctionsApplication;
import io.headwater.loop.Items;
import io.headwater.loop.Loop;
import io.headwater.oci.Field;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.scheduling.support.CronExpression;

/**
 * All functions, called when their triggers say so. Any number of hosts may work over one storage
 * account. Timers run in each of them: the functions do no harm twice.
 */
public final class LocalHost implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalHost.class);

  /** What the real host calls the container of its receipts. */
  private static final String RECEIPTS = "azure-webjobs-hosts";

  /** Hosts of one app have one id; it keeps apart those of several over one account. */
  private static final String HOST_ID = "AzureFunctionsWebHost__hostid";

  private static final String NEWS = "azure-webjobs-blobtrigger-";
  private static final String NEWS_POISON = "webjobs-blobtrigger-poison";

  private final AppSettings settings;
  private final HostSettings host;
  private final LocalStorage storage;
  private final ConfigurableApplicationContext beans;
  private final List<Loop> loops = new ArrayList<>();
  private final LocalHttp http;

  /**
   * Starts it.
   *
   * @param account the storage account, as in the setting {@code HeadwaterStorage}
   * @param port for HTTP; 0 for a free one
   */
  LocalHost(String account, AppSettings settings, HostSettings host, int port) throws IOException {
    this.settings = settings;
    this.host = host;
    this.storage = new LocalStorage(account, settings);
    this.beans = FunctionsApplication.start(new HashMap<>(settings.values()));
    var functions = new ArrayList<BoundFunction>();
    for (var type : FunctionApp.CLASSES) {
      functions.addAll(BoundFunction.of(beans.getBean(type)));
    }
    this.http =
        LocalHttp.start(
            port,
            triggered(functions, HttpTrigger.class),
            triggered(functions, EventGridTrigger.class),
            storage);
    var byName = new HashMap<String, BoundFunction>();
    for (var function : functions) {
      byName.put(function.name(), function);
      watch(function);
    }
    watchQueue(NEWS + hostId(), NEWS_POISON, message -> deliverBlob(byName, message.text()));
    LOG.info("{} functions, HTTP on 127.0.0.1:{}", functions.size(), http.port());
  }

  private static List<BoundFunction> triggered(List<BoundFunction> functions, Class<?> trigger) {
    return functions.stream().filter(f -> trigger.isInstance(f.trigger())).toList();
  }

  /** The port for HTTP. */
  int port() {
    return http.port();
  }

  private void watch(BoundFunction function) throws IOException {
    if (function.trigger() instanceof QueueTrigger trigger) {
      var name = settings.resolve(trigger.queueName());
      watchQueue(
          name, name + "-poison", message -> storage.send(function.call(message.text(), Map.of())));
    } else if (function.trigger() instanceof BlobTrigger trigger) {
      var path = settings.resolve(trigger.path()).split("/", 2);
      var loop =
          new BlobLoop(
              hostId(),
              function.name(),
              storage.container(path[0]),
              prefix(path[1]),
              storage.container(RECEIPTS),
              storage.queue(NEWS + hostId()));
      loops.add(Loop.start(function.name(), loop::look));
    } else if (function.trigger() instanceof TimerTrigger trigger) {
      var schedule = CronExpression.parse(settings.resolve(trigger.schedule()));
      start(schedule, function);
    }
  }

  private String hostId() {
    return settings.values().getOrDefault(HOST_ID, "headwater");
  }

  private static String prefix(String pattern) {
    return pattern.substring(0, pattern.indexOf('{'));
  }

  private void watchQueue(String name, String poison, QueueLoop.Receiver receiver)
      throws IOException {
    var loop = new QueueLoop(name, storage.queue(name), storage.queue(poison), host, receiver);
    loops.add(Loop.start(name, loop::take));
  }

  /** The first turn only finds out how long to wait; one that fails waits for the next time. */
  private void start(CronExpression schedule, BoundFunction function) {
    var calls = new Items("timer");
    var due = new AtomicBoolean();
    loops.add(
        Loop.start(
            function.name(),
            () -> {
              if (due.getAndSet(true)) {
                calls.serve(function.name(), () -> function.call("{}", Map.of()));
              }
              var now = ZonedDateTime.now(ZoneOffset.UTC);
              var next = schedule.next(now);
              return next == null ? Duration.ofDays(1) : Duration.between(now, next);
            }));
  }

  private void deliverBlob(Map<String, BoundFunction> functions, String message) throws Exception {
    var news =
        BlobLoop.News.read(Field.document(message.getBytes(StandardCharsets.UTF_8), "blob news"));
    var function = functions.get(news.functionId());
    if (function == null || !(function.trigger() instanceof BlobTrigger trigger)) {
      throw new IOException("there is no function '" + news.functionId() + "' for blobs");
    }
    var blob = storage.blob(news.containerName(), news.blobName());
    if (!blob.exists()) {
      LOG.info("'{}' is gone", news.blobName());
      return;
    }
    var start = prefix(settings.resolve(trigger.path()).split("/", 2)[1]);
    var name = news.blobName().substring(start.length());
    storage.send(function.call(blob, Map.of("name", name)));
  }

  /** What runs is stopped and comes again: to this host or to another one. */
  @Override
  public void close() {
    loops.forEach(Loop::stop);
    http.close();
    beans.close();
  }
}
