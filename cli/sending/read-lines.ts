import { EngineError } from '../../contracts/errors.js';

/** One line of a text, without its end. */
export interface TextLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

const LONGEST_LINE = 16_777_216;

/** Text in UTF-8, piece by piece. Throws `invalid_input` for bytes that are not; a byte order mark is left out. */
export async function* decodeText(chunks: AsyncIterable<Uint8Array>, encoding = 'utf-8'): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      const text = decoder.decode(chunk, { stream: true });
      bytes += chunk.length;
      if (text !== '') yield text;
    }
    const rest = decoder.decode();
    if (rest !== '') yield rest;
  } catch (error) {
    if (!isEncodingError(error)) throw error;
    const message = `Expected text in ${encoding}; there are bytes that are not, after about ${bytes} bytes of the input.`;
    throw new EngineError('invalid_input', message, { cause: error });
  }
}

/** The lines of a text, ending in LF or CR LF; memory holds one of them. Throws `invalid_input` for one of more than 16 million characters. */
export async function* readLines(texts: AsyncIterable<string>): AsyncGenerator<TextLine> {
  let line = 0;
  let rest = '';
  for await (const text of texts) {
    const pieces = (rest + text).split('\n');
    rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      line += 1;
      yield { line, text: piece.endsWith('\r') ? piece.slice(0, -1) : piece };
    }
    if (rest.length > LONGEST_LINE) {
      throw new EngineError('invalid_input', `Expected lines of at most ${LONGEST_LINE} characters; line ${line + 1} is longer.`);
    }
  }
  if (rest !== '') yield { line: line + 1, text: rest };
}

/** How many lines there are, and that at no cost of memory. */
export async function countLines(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let lines = 0;
  let open = false;
  for await (const chunk of chunks) {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
    open = chunk.at(-1) !== 10;
  }
  return open ? lines + 1 : lines;
}

/** In Jest the error is of another realm. */
function isEncodingError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
}
