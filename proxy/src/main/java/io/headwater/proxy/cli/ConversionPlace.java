package io.headwater.proxy.cli;

import io.headwater.convert.ConversionOptions;
import io.headwater.fault.FormatException;
import io.headwater.operation.AutoConversion;
import io.headwater.operation.Conversions;
import io.headwater.operation.OperationListener;
import io.headwater.proxy.v2.RegistryWrites.PushListener;
import io.headwater.registry.PushedManifest;
import io.headwater.registry.Registry;
import io.headwater.store.StoreException;
import io.headwater.store.azure.AzureQueue;
import io.headwater.upstream.Upstreams;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where images are converted. */
final class ConversionPlace {
  private enum Place {
    HERE,
    FUNCTIONS
  }

  @Option(
      names = "--convert",
      defaultValue = "here",
      description =
          "here, or functions: by the functions over the same storage account (default: ${DEFAULT-VALUE})")
  private Place place = Place.HERE;

  @Option(
      names = "--queue",
      defaultValue = "conversions",
      description = "queue that those functions take conversions from (default: ${DEFAULT-VALUE})")
  private String queue = "conversions";

  @Option(
      names = "--parallel",
      defaultValue = "1",
      description = "conversions at the same time, here (default: ${DEFAULT-VALUE})")
  private int parallel;

  boolean isHere() {
    return place == Place.HERE;
  }

  /**
   * Conversions there.
   *
   * @param account the storage account of the registry; empty for a folder
   */
  Conversions open(
      Registry registry,
      ConversionOptions options,
      OperationListener observer,
      Optional<String> account)
      throws FormatException, StoreException {
    if (isHere()) {
      return new Conversions(registry, options, parallel, observer);
    }
    if (account.isEmpty()) {
      throw new FormatException(
          "--convert functions needs --azure-storage: the functions work over a storage account");
    }
    var messages = AzureQueue.open(account.get(), queue);
    return Conversions.inQueue(
        registry, Upstreams.NONE, options, request -> messages.send(request.toMessage()));
  }

  /** What is done about each push. */
  PushListener onPush(Registry registry, Conversions conversions) {
    if (isHere()) {
      var automatic = new AutoConversion(registry, conversions);
      return automatic::pushed;
    }
    return (repository, manifest) -> {
      if (AutoConversion.isImage(manifest)) {
        PushedManifest.announce(registry.store(), repository, manifest.digest());
      }
    };
  }
}
