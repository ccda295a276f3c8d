/**
 * Who may do what.
 *
 * <p>Owns credentials, tokens and rules: users of an htpasswd file, our own short-lived tokens, the
 * tokens of other issuers (Entra ID or any OIDC), and which repositories each may do what with.
 * Knows nothing of what is asked for but repository and action. Open {@link
 * io.headwater.proxy.auth.Access} first.
 */
@NullMarked
package io.headwater.proxy.auth;

import org.jspecify.annotations.NullMarked;
