package io.headwater.functions;

/**
 * A request to the management routes.
 *
 * @param force whether the query says {@code force=true}
 * @param body in JSON; empty for none
 */
public record ManagementCall(String method, String path, boolean force, String body) {}
