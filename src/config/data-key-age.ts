/** When a data key is old. Loads nothing, so that the start of an application may ask it. */

/** Days after which a vault's data key is to be rotated, where waxseal.json names no other number. */
export const DATA_KEY_MAX_AGE = 365;
