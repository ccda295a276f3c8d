package io.headwater.proxy.auth;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.DirectDecrypter;
import com.nimbusds.jose.crypto.DirectEncrypter;
import com.nimbusds.jose.jwk.ECKey;
import io.headwater.fault.FormatException;
import io.headwater.oci.Field;
import java.io.IOException;
import java.security.SecureRandom;
import java.text.ParseException;
import java.util.Base64;

/**
 * Encrypts signing keys for the store: each by a key of its own (A256GCM, RFC 7516 compact), which
 * {@link KeyWrap} encrypts.
 */
final class KeySeal {
  private static final int KEY_BYTES = 32;

  private final KeyWrap wrap;
  private final SecureRandom random = new SecureRandom();

  KeySeal(KeyWrap wrap) {
    this.wrap = wrap;
  }

  /**
   * A signing key as the store has it.
   *
   * @param by id of the key that wraps
   * @param key what {@code jwe} is encrypted with, wrapped, in Base64
   * @param jwe the signing key, encrypted
   */
  record Sealed(String by, String key, String jwe) {
    static Sealed read(Field field) throws FormatException {
      return new Sealed(
          field.field("by").text(), field.field("key").text(), field.field("jwe").text());
    }
  }

  Sealed seal(ECKey signing) throws IOException {
    var key = new byte[KEY_BYTES];
    random.nextBytes(key);
    var wrapped = wrap.wrap(key);
    try {
      var jwe =
          new JWEObject(
              new JWEHeader(JWEAlgorithm.DIR, EncryptionMethod.A256GCM),
              new Payload(signing.toJSONString()));
      jwe.encrypt(new DirectEncrypter(key));
      return new Sealed(
          wrapped.by(), Base64.getEncoder().encodeToString(wrapped.bytes()), jwe.serialize());
    } catch (JOSEException e) {
      throw new IllegalStateException("every JDK has AES-GCM", e);
    }
  }

  ECKey open(Sealed sealed) throws IOException {
    try {
      var wrapped = new KeyWrap.Wrapped(sealed.by(), Base64.getDecoder().decode(sealed.key()));
      var jwe = JWEObject.parse(sealed.jwe());
      jwe.decrypt(new DirectDecrypter(wrap.unwrap(wrapped)));
      return ECKey.parse(jwe.getPayload().toString());
    } catch (ParseException | JOSEException | IllegalArgumentException e) {
      throw new IOException("it was changed after it was written", e);
    }
  }
}
