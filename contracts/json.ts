/** A JSON value without null: what documents and event bodies are made of (absence is a missing key). */
export type Json = string | number | boolean | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}
