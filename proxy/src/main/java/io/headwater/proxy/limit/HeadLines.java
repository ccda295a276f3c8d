package io.headwater.proxy.limit;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.TooLongHttpHeaderException;

/**
 * Header fields as the decoder collects them, so many and no more: a field of two bytes on the line
 * becomes objects of a hundred and more, before anybody knows whose they are. Trailers are counted
 * in the same way.
 *
 * @param begun is told when a request line was read
 */
record HeadLines(int most, Runnable begun) implements HttpHeadersFactory {
  @Override
  public HttpHeaders newHeaders() {
    begun.run();
    return new Counted(most);
  }

  @Override
  public HttpHeaders newEmptyHeaders() {
    return new Counted(most);
  }

  /** The decoder adds each field by this one method. */
  private static final class Counted extends DefaultHttpHeaders {
    private final int most;
    private int count;

    Counted(int most) {
      this.most = most;
    }

    @Override
    public HttpHeaders add(CharSequence name, Object value) {
      if (++count > most) {
        throw new TooLongHttpHeaderException("more than " + most + " header fields");
      }
      return super.add(name, value);
    }
  }
}
