package io.headwater.functions;

/**
 * An answer of the management routes.
 *
 * @param status of HTTP
 */
public record ManagementAnswer(int status, String json) {}
