/**
 * How often log-ins may fail, and whose turn it is to have a password checked.
 *
 * <p>Owns the real address of a client behind proxies, the rates of failures by that address, and
 * the line in which checks of passwords wait. Knows no password, token or rule, and refuses nobody
 * for what others did. Open {@link io.headwater.proxy.login.PasswordLine} first.
 */
@NullMarked
package io.headwater.proxy.login;

import org.jspecify.annotations.NullMarked;
