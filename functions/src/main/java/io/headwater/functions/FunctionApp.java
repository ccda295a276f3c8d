package io.headwater.functions;

import java.util.List;

/** All classes that have functions. */
public final class FunctionApp {
  /** Each with at least one method that has a {@code @FunctionName}. */
  public static final List<Class<?>> CLASSES =
      List.of(
          ImportUploadedImage.class,
          OnImagePushed.class,
          OnRegistryEvent.class,
          ConvertImage.class,
          ManageStreaming.class,
          Timers.class);

  private FunctionApp() {}
}
