package io.headwater.proxy.login;

import io.headwater.proxy.login.PasswordLine.Outcome;
import io.headwater.proxy.login.PasswordLine.Ticket;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import reactor.core.publisher.MonoSink;

/** One check, and all who wait for it; guarded by the line's lock as long as it is in the line. */
final class WaitingCheck {
  private final Ticket ticket;
  private final BooleanSupplier check;
  private final List<MonoSink<Outcome>> sinks = new ArrayList<>();

  WaitingCheck(Ticket ticket, BooleanSupplier check, MonoSink<Outcome> first) {
    this.ticket = ticket;
    this.check = check;
    sinks.add(first);
  }

  Ticket ticket() {
    return ticket;
  }

  BooleanSupplier check() {
    return check;
  }

  void join(MonoSink<Outcome> sink) {
    sinks.add(sink);
  }

  /** Says whether nobody waits any more. */
  boolean leave(MonoSink<Outcome> sink) {
    sinks.remove(sink);
    return sinks.isEmpty();
  }

  List<MonoSink<Outcome>> sinks() {
    return List.copyOf(sinks);
  }
}
