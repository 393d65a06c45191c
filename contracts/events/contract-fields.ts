import { z } from 'zod';
import type { PiiClass } from './event.js';

/** One declared field of an event body: what it must be, how personal it is, and what it says. */
export interface Field<Schema extends z.ZodType = z.ZodType, Pii extends PiiClass = PiiClass> {
  readonly schema: Schema;
  readonly pii: Pii;
  readonly about: string;
  /** True for a field that a published contract gained: events from before may hold anything under its name. */
  readonly added?: true;
}

/** The declared fields of one body. */
export type Fields = Readonly<Record<string, Field>>;

/** A field that tells nothing about a person; it is stored in the clear. */
export function none<Schema extends z.ZodType>(schema: Schema, about: string): Field<Schema, 'none'> {
  return { schema, pii: 'none', about };
}

/** A field that describes a person without naming one; sealed in the log, plain in documents. */
export function quasi<Schema extends z.ZodType>(schema: Schema, about: string): Field<Schema, 'quasi'> {
  return { schema, pii: 'quasi', about };
}

/** A field that names a person, or free text; sealed in the log, opened on read only. */
export function direct<Schema extends z.ZodType>(schema: Schema, about: string): Field<Schema, 'direct'> {
  return { schema, pii: 'direct', about };
}

/** An optional field that a published contract gained: what was recorded under its name before, undeclared, is read as it is. */
export function added<F extends Field<z.ZodExactOptional>>(field: F): F & { readonly added: true } {
  return { ...field, added: true };
}

/** The field may be missing; it is never null and never undefined. */
export function optional<Schema extends z.ZodType>(schema: Schema): z.ZodExactOptional<Schema> {
  return z.exactOptional(schema);
}

/** Any text, empty too. */
export const text = z.string();

/** An id that some system made: 1 to 128 characters. */
export const id = z.string().min(1).max(128);

/** A `qontak_customer_id`. */
export const customerId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

/** A word for programs, such as a channel, a purpose or a reason. */
export const code = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);

/** ISO-8601 with an offset, seconds and an existing date. */
export const instant = z.iso.datetime({ offset: true });

/** A whole number from 0. */
export const count = z.int().nonnegative();

/** The number of a revision or of a chunk, from 1. */
export const ordinal = z.int().positive();

/** A keyed hash as text. */
export const hash = z.string().min(1).max(128);

/** A stored amount: whole minor units, never negative. */
export const minorUnits = z.int().nonnegative();

/** An ISO 4217 code in capitals. */
export const currency = z.string().regex(/^[A-Z]{3}$/);

/** Something that is sold, as it stands in an order or a cart; its price is kept as it was sent. */
export const product = z.looseObject({
  product_id: id,
  sku: optional(id),
  name: optional(text),
  category: optional(text),
  brand: optional(text),
  variant: optional(text),
  price: optional(z.union([z.number(), z.string()])),
  quantity: optional(count),
  coupon: optional(text),
});

/** What one event may hold of products. */
export const products = z.array(product).max(500);

/** What one event may hold of a list of ids; longer lists are written in chunks. */
export const CHUNK_LIMIT = 5_000;

/** Ids of customers, at most one chunk of them. */
export const customerIds = z.array(customerId).max(CHUNK_LIMIT);
