package io.headwater.functions;

import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.TimerTrigger;
import java.util.function.Supplier;

/** What is done from time to time. The host sees to it that one instance does it. */
public final class Timers {
  private final Supplier<String> purgeDeleted;
  private final Supplier<String> collectGarbage;
  private final Supplier<String> reportStorage;
  private final Supplier<String> sweepOperations;

  Timers(
      Supplier<String> purgeDeleted,
      Supplier<String> collectGarbage,
      Supplier<String> reportStorage,
      Supplier<String> sweepOperations) {
    this.purgeDeleted = purgeDeleted;
    this.collectGarbage = collectGarbage;
    this.reportStorage = reportStorage;
    this.sweepOperations = sweepOperations;
  }

  /** Gives up deleted images whose retention is over. */
  @FunctionName("PurgeDeleted")
  public void purgeDeleted(
      @TimerTrigger(name = "timer", schedule = "%HEADWATER_PURGE_SCHEDULE%") String timer,
      ExecutionContext context) {
    context.getLogger().info(purgeDeleted.get());
  }

  /** Collects garbage. */
  @FunctionName("CollectGarbage")
  public void collectGarbage(
      @TimerTrigger(name = "timer", schedule = "%HEADWATER_GARBAGE_SCHEDULE%") String timer,
      ExecutionContext context) {
    context.getLogger().info(collectGarbage.get());
  }

  /** Counts what is stored. */
  @FunctionName("ReportStorage")
  public void reportStorage(
      @TimerTrigger(name = "timer", schedule = "%HEADWATER_STORAGE_SCHEDULE%") String timer,
      ExecutionContext context) {
    context.getLogger().info(reportStorage.get());
  }

  /** Sends operations whose worker died to the queue again. */
  @FunctionName("SweepOperations")
  public void sweepOperations(
      @TimerTrigger(name = "timer", schedule = "%HEADWATER_SWEEP_SCHEDULE%") String timer,
      ExecutionContext context) {
    context.getLogger().info(sweepOperations.get());
  }
}
