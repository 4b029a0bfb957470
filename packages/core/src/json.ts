/** What JSON can say. Positions, tickets and head states are made of it, so that they outlive the process. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };
