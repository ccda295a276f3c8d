package io.headwater.ext4;

import java.io.IOException;

/** The content does not fit on the device. A larger one may be tried. */
public final class DeviceFullException extends IOException {
  DeviceFullException(long deviceBytes) {
    super("ext4: the content does not fit on a device of " + deviceBytes + " bytes");
  }
}
