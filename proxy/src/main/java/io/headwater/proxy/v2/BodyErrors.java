package io.headwater.proxy.v2;

import java.util.List;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.result.view.ViewResolver;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;

/**
 * What goes wrong when an answer is decided on but nothing of it was sent, as when the store does
 * not give a blob's first bytes: the client gets the error in its place. Later there is nothing to
 * be done but to break off.
 */
public final class BodyErrors implements WebExceptionHandler {
  /** The id of a request: it stays, whatever the answer becomes. */
  public static final String REQUEST_ID = "X-Request-Id";

  private final ServerCodecConfigurer codecs = ServerCodecConfigurer.create();

  @Override
  public Mono<Void> handle(ServerWebExchange exchange, Throwable error) {
    var response = exchange.getResponse();
    if (response.isCommitted()) {
      return Mono.error(error);
    }
    response.getHeaders().headerNames().stream()
        .filter(name -> !name.equalsIgnoreCase(REQUEST_ID))
        .toList()
        .forEach(response.getHeaders()::remove);
    var request = ServerRequest.create(exchange, codecs.getReaders());
    return RegistryErrors.respond(error, request)
        .flatMap(answer -> answer.writeTo(exchange, new Writers(codecs.getWriters())));
  }

  private record Writers(List<HttpMessageWriter<?>> messageWriters)
      implements ServerResponse.Context {
    @Override
    public List<ViewResolver> viewResolvers() {
      return List.of();
    }
  }
}
