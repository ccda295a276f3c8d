package io.headwater.upload;

import io.headwater.convert.ConversionListener;
import io.headwater.fault.FormatException;
import io.headwater.oci.Platform;
import io.headwater.operation.Conversions;
import io.headwater.registry.Registry;
import io.headwater.registry.RegistryException;
import io.headwater.registry.StoredManifest;
import io.headwater.source.Archives;
import io.headwater.source.ImageImport;
import io.headwater.source.ImageSource;
import io.headwater.source.RegistryAccounts;
import io.headwater.source.RemoteSource;
import io.headwater.source.Unpacking;
import io.headwater.store.Condition;
import io.headwater.store.StoreException;
import io.headwater.store.azure.AzureFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Uploads in a container become images of our registry and are converted. News of an upload may
 * come twice, late, or while it is replaced: each state of it is imported once. Why one is refused
 * is said in a file beside it, {@code <name>.error}. Blocks; safe for use by several processes.
 */
public final class ImportedUploads {
  private static final Logger LOG = LoggerFactory.getLogger(ImportedUploads.class);

  private final AzureFolder uploads;
  private final Registry registry;
  private final Conversions conversions;
  private final Options options;

  /**
   * What may be imported, and what becomes of it.
   *
   * @param hosts registries from which images may be imported
   * @param accounts as whom they are asked
   * @param delete whether an upload is deleted once it is imported
   * @param unpacking of archives that are compressed as a whole
   */
  public record Options(
      Set<String> hosts, RegistryAccounts accounts, boolean delete, Unpacking unpacking) {}

  public ImportedUploads(
      AzureFolder uploads, Registry registry, Conversions conversions, Options options) {
    this.uploads = uploads;
    this.registry = registry;
    this.conversions = conversions;
    this.options = options;
  }

  /**
   * To be called when an upload may have come.
   *
   * @return one sentence about what was done
   * @throws IOException if it could not be done now; it is worth another try
   */
  public String take(String name) throws IOException {
    if (!UploadName.isUpload(name)) {
      return "'" + name + "' is no upload and is left alone";
    }
    var file = uploads.find(name);
    if (file.isEmpty()) {
      return "'" + name + "' is gone";
    }
    if (isDone(file.get())) {
      return "'" + name + "' was dealt with before";
    }
    if (file.get().isGrowing()) {
      throw new StoreException(
          "'" + name + "' is still being written", true, new IOException("not complete"));
    }
    try {
      return accept(file.get());
    } catch (FormatException | RegistryException e) {
      return hasChanged(file.get()) ? changed(name) : refuse(file.get(), e);
    } catch (RuntimeException | Error e) {
      // What breaks the importer would break it again each time that it comes.
      LOG.error("'{}' breaks the importer", name, e);
      return hasChanged(file.get()) ? changed(name) : refuse(file.get(), e);
    } catch (IOException e) {
      if (hasChanged(file.get())) {
        return changed(name);
      }
      throw e;
    }
  }

  private String document(String name) {
    return "uploads/" + uploads.name() + "/" + name;
  }

  private boolean isDone(AzureFolder.File file) throws IOException {
    var before = registry.store().get(document(file.name()));
    return before.isPresent() && before.get().text().equals(file.etag());
  }

  private boolean hasChanged(AzureFolder.File file) throws IOException {
    var now = uploads.find(file.name());
    return now.isEmpty() || !now.get().etag().equals(file.etag());
  }

  private static String changed(String name) {
    return "'"
        + name
        + "' was replaced or deleted while it was read; its new state comes by itself";
  }

  private String accept(AzureFolder.File file) throws IOException {
    var upload = UploadName.parse(file.name());
    StoredManifest image;
    switch (upload.kind()) {
      case ARCHIVE -> {
        try (var archive =
            Archives.open("'" + file.name() + "'", uploads.open(file), "", options.unpacking())) {
          image = put(upload, archive, List.of());
        }
      }
      case IMPORT -> {
        var document = read(file);
        try (var remote = open(document)) {
          image = put(upload, remote, document.platforms());
        }
      }
      default -> throw new IllegalStateException(upload.kind().name());
    }
    if (isDone(file)) {
      return "'" + file.name() + "' was dealt with meanwhile";
    }
    // Who was killed right after it was filed deals with the same upload once more.
    var cause = document(file.name()) + " " + file.etag();
    var operation =
        conversions.start(upload.repository(), image.digest(), cause, ConversionListener.NONE);
    uploads.find(UploadName.ofError(file.name())).ifPresent(this::forget);
    if (options.delete() && uploads.delete(file)) {
      registry.store().delete(document(file.name()), Condition.ALWAYS);
    } else {
      remember(file);
    }
    return "'"
        + file.name()
        + "' is "
        + upload.repository()
        + ":"
        + upload.tag()
        + ", "
        + image.digest()
        + "; operation "
        + operation.id();
  }

  private ImportDocument read(AzureFolder.File file) throws IOException {
    if (file.sizeBytes() > ImportDocument.MAX_BYTES) {
      return ImportDocument.parse(new byte[ImportDocument.MAX_BYTES + 1]);
    }
    try (var content = uploads.open(file)) {
      return ImportDocument.parse(content.read(0, (int) file.sizeBytes()).array());
    }
  }

  private ImageSource open(ImportDocument document) throws FormatException {
    var host = document.source().host();
    if (!options.hosts().contains(host)) {
      throw new FormatException(
          "'" + host + "' is not among the registries that images may be imported from");
    }
    return RemoteSource.open(document.source(), options.accounts().of(host));
  }

  private StoredManifest put(UploadName upload, ImageSource source, List<Platform> platforms)
      throws IOException {
    var repository = registry.repository(upload.repository());
    var image = new ImageImport(source, registry.store(), repository, platforms, bytes -> {}).run();
    repository.putTag(upload.tag(), image.digest());
    return image;
  }

  private String refuse(AzureFolder.File file, Throwable reason) throws IOException {
    var sentence = UploadName.refusal(file.name(), reason);
    uploads.write(UploadName.ofError(file.name()), sentence + "\n");
    remember(file);
    return sentence;
  }

  private void remember(AzureFolder.File file) throws IOException {
    registry
        .store()
        .put(
            document(file.name()),
            file.etag().getBytes(StandardCharsets.UTF_8),
            "text/plain",
            Condition.ALWAYS);
  }

  private void forget(AzureFolder.File error) {
    try {
      uploads.delete(error);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
