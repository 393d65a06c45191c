import { Liquid, type Template } from 'liquidjs';
import { MAX_TEMPLATE_BYTES, type TemplatePart, type TemplateProblem } from '../renderer.port.js';

/** Cooperative limits; the worker's own limits stand behind them. */
const RENDER_LIMIT_MS = 800;
const MEMORY_LIMIT = 5_000_000;

/** Tags that read other templates: there are none to read. */
const otherTemplates = ['include', 'render', 'layout', 'block'];

function createEngine(escape: 'escape' | 'none'): Liquid {
  const engine = new Liquid({
    ...(escape === 'escape' ? { outputEscape: 'escape' } : {}),
    ownPropertyOnly: true,
    strictFilters: true,
    parseLimit: MAX_TEMPLATE_BYTES,
    renderLimit: RENDER_LIMIT_MS,
    memoryLimit: MEMORY_LIMIT,
    templates: {},
    timezoneOffset: 0,
    locale: 'en-US',
  });
  for (const tag of otherTemplates) Reflect.deleteProperty(engine.tags, tag);
  return engine;
}

const html = createEngine('escape');
const plain = createEngine('none');

/** The engine of a part: only HTML is escaped. */
export function engineFor(part: TemplatePart): Liquid {
  return part === 'html' ? html : plain;
}

/** A token of liquidjs, as far as an error's place needs it; lines and columns count from 1. */
interface Positioned {
  getPosition(): readonly [number, number];
}

function isPositioned(token: unknown): token is Positioned {
  return typeof token === 'object' && token !== null && 'getPosition' in token && typeof token.getPosition === 'function';
}

function positionOf(error: unknown): readonly [number, number] {
  const token = typeof error === 'object' && error !== null && 'token' in error ? error.token : null;
  return isPositioned(token) ? token.getPosition() : [1, 1];
}

/** What liquidjs says, without the place, which it repeats in its message. */
export function liquidDetail(error: unknown): string {
  const message =
    error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error)
      ? String(error.message)
      : 'unknown';
  return message.replace(/, line:\d+, col:\d+$/, '').slice(0, 300);
}

/** The parsed part, or what is wrong with it. */
export function parsePart(part: TemplatePart, source: string): readonly Template[] | TemplateProblem {
  try {
    return engineFor(part).parse(source);
  } catch (error) {
    const [line, column] = positionOf(error);
    return { part, line, column, detail: liquidDetail(error) };
  }
}
