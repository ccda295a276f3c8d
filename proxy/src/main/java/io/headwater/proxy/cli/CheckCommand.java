package io.headwater.proxy.cli;

import io.headwater.registry.StoreCheck;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code headwater check}. */
@Command(
    name = "check",
    description =
        "Reads everything in a store: is it of its digest, and is all there that something refers to?",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class CheckCommand implements Callable<Integer> {
  @Mixin private StoreFlags stores = new StoreFlags();

  @Override
  public Integer call() throws IOException {
    try (var store = stores.open()) {
      var report = StoreCheck.run(stores.registry(store));
      report.faults().forEach(System.out::println);
      System.out.printf(
          "%d repositories, %d manifests, %d tags, %d blobs of %d bytes: %s%n",
          report.repositories(),
          report.manifests(),
          report.tags(),
          report.blobs(),
          report.bytes(),
          report.isGood() ? "all is well" : report.faults().size() + " faults");
      return report.isGood() ? 0 : 1;
    }
  }
}
