/**
 * Conversions as operations: filed, followed, canceled, taken up again.
 *
 * <p>Owns who works on a conversion (this process, or whoever takes the message from a queue), its
 * state with progress and result, and what becomes of one whose worker died. Open {@link
 * io.headwater.operation.Conversions} first, then {@link io.headwater.operation.OperationRun}.
 */
@NullMarked
package io.headwater.operation;

import org.jspecify.annotations.NullMarked;
