package io.headwater.proxy.cli;

import io.headwater.registry.GarbageCollection;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code headwater gc}. */
@Command(
    name = "gc",
    description =
        "Removes what nothing refers to any more from a store; registries may be at work on it.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class GarbageCommand implements Callable<Integer> {
  @Mixin private StoreFlags stores = new StoreFlags();

  @Option(names = "--dry-run", description = "only say what would be removed")
  private boolean dryRun;

  @Override
  public Integer call() throws IOException {
    try (var store = stores.open()) {
      var registry = stores.registry(store);
      var report = GarbageCollection.run(registry, stores.grace(), dryRun);
      var operations = stores.operations(registry).forget(dryRun);
      System.out.printf(
          "%s %d blobs of %d bytes (%s), %d links, %d converted layers kept for reuse, %d artifacts without their image, %d deleted images whose retention is over, %d old operations%s%n",
          dryRun ? "would remove" : "removed",
          report.blobs(),
          report.bytes(),
          ByteSize.print(report.bytes()),
          report.links(),
          report.reusableLayers(),
          report.orphans(),
          report.purgedImages(),
          operations,
          dryRun ? "" : ", " + report.uploads() + " abandoned uploads");
      return 0;
    }
  }
}
