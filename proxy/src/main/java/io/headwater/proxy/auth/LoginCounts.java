package io.headwater.proxy.auth;

/**
 * How log-ins went since the start.
 *
 * @param failedPasswords wrong ones
 * @param slowedPasswords wrong ones beyond the rate of their address
 * @param failedTokens forged ones
 * @param slowedTokens forged ones beyond the rate of their address
 * @param refused passwords that were not checked, since too many waited
 * @param waiting passwords that wait now
 * @param addresses that failed lately
 * @param remembered passwords that are known to be right
 */
public record LoginCounts(
    long failedPasswords,
    long slowedPasswords,
    long failedTokens,
    long slowedTokens,
    long refused,
    int waiting,
    long addresses,
    long remembered) {}
