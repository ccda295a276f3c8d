/**
 * A registry over a content store: repositories, manifests, tags, referrers, and which blobs a
 * repository has.
 *
 * <p>Owns the rules of the OCI distribution specification and the layout of its state in the store.
 * Knows no HTTP. Open {@link io.headwater.registry.Repository} first.
 *
 * <p>Layout: {@code repositories/<name>/} with {@code _manifests/<algorithm>/<hex>} (the bytes,
 * with their media type), {@code _layers/<algorithm>/<hex>} ("this repository has this blob", its
 * size, and since when it is wanted), {@code _tags/<tag>} (the digest), {@code
 * _referrers/<subject>/<referrer>} (the descriptor), {@code _artifacts/<image>/<artifact>} (the
 * descriptor of a streaming artifact that was made here of that image), {@code _deleted/…} and
 * {@code _deletedlayers/…} (what can be restored), {@code _uploads/<id>}, {@code _streaming}; and
 * {@code catalog/<name>/_} ("there is such a repository"), {@code pushed/<name>/_/<digest>} ("a
 * manifest was pushed", until somebody has dealt with it). No component of a repository's name
 * begins with an underscore, so that the documents of "a" and of "a/tags" never meet.
 */
@NullMarked
package io.headwater.registry;

import org.jspecify.annotations.NullMarked;
