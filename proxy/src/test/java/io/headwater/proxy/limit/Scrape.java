package io.headwater.proxy.limit;

import io.headwater.proxy.RunningProxy;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** What {@code /metrics} says. */
final class Scrape {
  private final RunningProxy proxy;

  Scrape(RunningProxy proxy) {
    this.proxy = proxy;
  }

  String all() throws Exception {
    return new String(proxy.get("/metrics").body(), StandardCharsets.UTF_8);
  }

  /** The sum of all lines of a metric whose labels have some text in them. */
  long sum(String name, String label) throws Exception {
    var lines =
        Pattern.compile("^" + name + "(\\{.*\\})? (\\S+)$", Pattern.MULTILINE).matcher(all());
    double sum = 0;
    while (lines.find()) {
      if (label.isEmpty() || lines.group(1).contains(label)) {
        sum += Double.parseDouble(lines.group(2));
      }
    }
    return (long) sum;
  }

  /** Waits until a metric is so large: what ends is counted when it has ended. */
  long awaitAtLeast(String name, String label, long least) throws Exception {
    for (int i = 0; i < 300 && sum(name, label) < least; i++) {
      Thread.sleep(100);
    }
    return sum(name, label);
  }
}
