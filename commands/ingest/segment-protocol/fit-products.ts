import type { EventContract } from '../../../contracts/events/registry.js';
import { isNothing, isRecord, type JsonRecord } from './json-record.js';

/** A list of products as contracts know it: ids are text, and what only has another id has that. Their number is the quantity, if nobody says it. */
export function fitProducts({ fields }: EventContract, properties: JsonRecord): JsonRecord {
  const { products } = properties;
  if (!Array.isArray(products) || products.length === 0) return properties;
  // What came as JSON is unknown, not any.
  const items = products as readonly unknown[];
  const fitted = Object.hasOwn(fields, 'products') ? { ...properties, products: items.map(fitProduct) } : properties;
  if (!Object.hasOwn(fields, 'quantity') || Object.hasOwn(properties, 'quantity')) return fitted;
  const quantity = quantityOf(items);
  return quantity === null ? fitted : { ...fitted, quantity };
}

function fitProduct(product: unknown): unknown {
  if (!isRecord(product)) return product;
  const { product_id: id, sku } = product;
  const known = [id, sku, product['id']].find((candidate) => !isNothing(candidate));
  return {
    ...product,
    ...(known === undefined ? {} : { product_id: asText(known) }),
    ...(isNothing(sku) ? {} : { sku: asText(sku) }),
  };
}

function asText(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value;
}

/** One that does not say how many of it counts as one; null when one says something else. */
function quantityOf(products: readonly unknown[]): number | null {
  let sum = 0;
  for (const product of products) {
    const many = isRecord(product) && Object.hasOwn(product, 'quantity') ? product['quantity'] : 1;
    if (typeof many !== 'number' || !Number.isSafeInteger(many) || many < 0) return null;
    sum += many;
  }
  return sum;
}
