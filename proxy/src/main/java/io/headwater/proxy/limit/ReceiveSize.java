package io.headwater.proxy.limit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * How many bytes one connection is read by at once: many while a body comes, for each read becomes
 * a write to the store; few for heads, since the decoder keeps the whole buffer of a head that is
 * not finished. One for each connection; used on its event loop only.
 */
final class ReceiveSize implements RecvByteBufAllocator {
  private static final int HEAD_BYTES = 4 * 1024;
  private static final int BODY_BYTES = 256 * 1024;

  /** What one read of the channel brings beside a head: nobody may want it, or may have it. */
  private static final int UNASKED_BYTES = 64 * 1024;

  private final RecvByteBufAllocator adaptive =
      new AdaptiveRecvByteBufAllocator(1024, 2 * 1024, BODY_BYTES);
  private int most = HEAD_BYTES;

  void head() {
    most = HEAD_BYTES;
  }

  void body() {
    most = BODY_BYTES;
  }

  @Override
  @SuppressWarnings("deprecation") // the interface's own
  public Handle newHandle() {
    return new Capped((ExtendedHandle) adaptive.newHandle());
  }

  @SuppressWarnings("deprecation") // the interface's own
  private final class Capped implements ExtendedHandle {
    private final ExtendedHandle handle;
    private int came;
    private int room = UNASKED_BYTES;

    Capped(ExtendedHandle handle) {
      this.handle = handle;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator buffers) {
      return buffers.ioBuffer(guess());
    }

    @Override
    public int guess() {
      return Math.min(handle.guess(), most);
    }

    @Override
    public void reset(ChannelConfig config) {
      // A body that begins within a read is not wanted yet; a later read is made for it.
      room = most == BODY_BYTES ? BODY_BYTES : UNASKED_BYTES;
      came = 0;
      handle.reset(config);
    }

    @Override
    public void incMessagesRead(int messages) {
      handle.incMessagesRead(messages);
    }

    @Override
    public void lastBytesRead(int bytes) {
      came += Math.max(0, bytes);
      handle.lastBytesRead(bytes);
    }

    @Override
    public int lastBytesRead() {
      return handle.lastBytesRead();
    }

    @Override
    public void attemptedBytesRead(int bytes) {
      handle.attemptedBytesRead(bytes);
    }

    @Override
    public int attemptedBytesRead() {
      return handle.attemptedBytesRead();
    }

    @Override
    public boolean continueReading() {
      return came < room && handle.continueReading();
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
      return came < room && handle.continueReading(maybeMoreData);
    }

    @Override
    public void readComplete() {
      handle.readComplete();
    }
  }
}
