/** In place of a key that is missing: the SDKs want one, and the session, which knows what is missing, asks nobody. */
export const NO_KEY = 'none';
