package io.headwater.proxy.limit;

import io.headwater.oci.Json;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

/** Answers to what never became a request, in the form of all errors (OCI distribution spec). */
final class Refusals {
  private Refusals() {}

  static FullHttpResponse response(HttpResponseStatus status, String reason) {
    var error = Json.object();
    error.putArray("errors").addObject().put("code", "UNKNOWN").put("message", reason);
    var body = Unpooled.wrappedBuffer(Json.write(error));
    var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
        .set("X-Content-Type-Options", "nosniff")
        .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    if (status.equals(HttpResponseStatus.SERVICE_UNAVAILABLE)) {
      response.headers().set(HttpHeaderNames.RETRY_AFTER, "2");
    }
    return response;
  }
}
