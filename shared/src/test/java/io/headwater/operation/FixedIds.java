package io.headwater.operation;

/** Ids of operations that are the same in each run, for tests that run the same again. */
public final class FixedIds {
  private FixedIds() {}

  /** From now on, this thread's operations are called so, with a number. */
  public static void use(String name) {
    var count = new int[1];
    OperationLog.NEW_IDS.set(() -> name + "-" + count[0]++);
  }
}
