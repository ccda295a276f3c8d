package io.headwater.functions.beans;

import io.headwater.convert.FailureCode;
import io.headwater.event.UpstreamEvents;
import io.headwater.functions.ManagementAnswer;
import io.headwater.functions.ManagementCall;
import io.headwater.functions.Work;
import io.headwater.management.ManagementAnswers;
import io.headwater.management.ManagementRoutes;
import io.headwater.management.StorageUse;
import io.headwater.operation.AnnouncedPushes;
import io.headwater.operation.ConversionRequest;
import io.headwater.operation.ConversionWorker;
import io.headwater.operation.Conversions;
import io.headwater.operation.OldOperations;
import io.headwater.operation.OperationListener;
import io.headwater.registry.GarbageCollection;
import io.headwater.registry.PushedManifest;
import io.headwater.registry.Registry;
import io.headwater.upload.ImportedUploads;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import java.util.function.Supplier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;

/** One Spring function for each trigger, over what {@code shared} does. */
@Lazy
@Configuration(proxyBeanMethods = false)
class Functions {
  @Bean
  Function<String, Work> importUpload(ImportedUploads uploads) {
    return name -> Task.work("ImportUploadedImage", name, uploads::take);
  }

  @Bean
  Function<String, Work> takePush(AnnouncedPushes pushes) {
    return name ->
        Task.work("OnImagePushed", name, text -> pushes.take(PushedManifest.FOLDER + text));
  }

  @Bean
  Function<String, Work> handleRegistryEvent(UpstreamEvents events) {
    return json -> Task.work("OnRegistryEvent", json, events::handleAll);
  }

  @Bean
  Function<String, Work> convert(ConversionWorker worker) {
    return message ->
        Task.work(
            "ConvertImage",
            message,
            text -> {
              var operation = worker.work(ConversionRequest.parse(text));
              if (operation.isPresent() && operation.get().code() == FailureCode.UNKNOWN_ERROR) {
                throw new GivenUpException(operation.get().details());
              }
              return operation
                  .map(done -> done.resource() + " " + done.status() + ": " + done.details())
                  .orElse("nothing to do: somebody else does it");
            });
  }

  @Bean
  Function<ManagementCall, ManagementAnswer> manage(ManagementAnswers management) {
    return call -> {
      var body = call.body().getBytes(StandardCharsets.UTF_8);
      var answer =
          management.answer(
              call.method(), call.path(), new ManagementRoutes.Call(body, call.force()));
      return new ManagementAnswer(
          answer.status(), new String(answer.json(), StandardCharsets.UTF_8));
    };
  }

  @Bean
  Supplier<String> purgeDeleted(Registry registry) {
    return () ->
        Task.timed(
            () -> GarbageCollection.purgeDeleted(registry) + " deleted image(s) given up for good");
  }

  @Bean
  Supplier<String> collectGarbage(Registry registry, FunctionSettings settings) {
    return () ->
        Task.timed(
            () ->
                GarbageCollection.run(registry, settings.grace(), false)
                    + ", "
                    + new OldOperations(registry, settings.grace(), settings.maxOperations())
                        .forget(false)
                    + " old operation(s) forgotten");
  }

  @Bean
  Supplier<String> reportStorage(StorageUse storage) {
    return () -> Task.timed(() -> "Storage " + storage.countAsText());
  }

  @Bean
  Supplier<String> sweepOperations(Conversions conversions) {
    return () ->
        Task.timed(
            () ->
                conversions.recover(OperationListener.NONE).size()
                    + " operation(s) without a worker taken up again");
  }
}
