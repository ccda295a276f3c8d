package io.headwater.functions;

import org.jspecify.annotations.Nullable;

/**
 * What came of a message or an event.
 *
 * @param sentence for the log: what was done, or why it can never be done
 * @param poison what the poison queue gets, when it can never be done; null when it was done
 */
public record Work(String sentence, @Nullable String poison) {}
