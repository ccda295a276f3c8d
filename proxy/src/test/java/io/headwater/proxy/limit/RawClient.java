package io.headwater.proxy.limit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A client that sends what it likes. */
public final class RawClient implements AutoCloseable {
  private final Socket socket;

  public RawClient(int port) throws IOException {
    this.socket = new Socket();
    socket.setReceiveBufferSize(4096); // so that one that does not read is noticed
    socket.connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket.setSoTimeout(20_000);
  }

  public RawClient send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
    return this;
  }

  /** As much as the server takes; says whether it took all. */
  public boolean trySend(String text) {
    try {
      send(text);
      return true;
    } catch (IOException e) {
      return false; // the server has closed
    }
  }

  /** All that comes until the server closes. */
  public String readAll() throws IOException {
    var answer = new java.io.ByteArrayOutputStream();
    try {
      socket.getInputStream().transferTo(answer);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the server does not close; it said: " + answer, e);
    } catch (SocketException e) {
      // A server that has heard enough; what it said before counts.
    }
    return answer.toString(StandardCharsets.ISO_8859_1);
  }

  /** So many bytes, at least one. */
  public int read(byte[] into) throws IOException {
    return socket.getInputStream().read(into);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
