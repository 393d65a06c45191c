import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite';

export type SqlValue = string | number | bigint | Uint8Array | null;

const KEPT_STATEMENTS = 300;

/** An SQLite connection that keeps its prepared statements and reads whole numbers as bigint. */
export class Database {
  readonly #connection: DatabaseSyncInstance;
  readonly #statements = new Map<string, StatementSyncInstance>();

  constructor(file: string) {
    this.#connection = new DatabaseSync(file);
  }

  /** Runs SQL that answers nothing; several statements may stand in it. */
  exec(text: string): void {
    this.#connection.exec(text);
  }

  /** The rows of a query, each as the list of its columns. */
  rows(text: string, ...parameters: readonly SqlValue[]): readonly (readonly SqlValue[])[] {
    // The driver types rows as any; with setReturnArrays each is an array of SQLite's own types.
    return this.#prepared(text).all(...parameters) as SqlValue[][];
  }

  /** The first row of a query, or undefined. */
  row(text: string, ...parameters: readonly SqlValue[]): readonly SqlValue[] | undefined {
    // As above.
    return this.#prepared(text).get(...parameters) as SqlValue[] | undefined;
  }

  /** Runs one statement and says how many rows it changed. */
  run(text: string, ...parameters: readonly SqlValue[]): number {
    const result: { readonly changes: unknown } = this.#prepared(text).run(...parameters);
    // The driver's type says number, but it is a bigint because of setReadBigInts.
    return Number(result.changes);
  }

  get isInTransaction(): boolean {
    return this.#connection.isTransaction;
  }

  close(): void {
    this.#statements.clear();
    this.#connection.close();
  }

  #prepared(text: string): StatementSyncInstance {
    const kept = this.#statements.get(text);
    if (kept !== undefined) {
      this.#statements.delete(text);
      this.#statements.set(text, kept);
      return kept;
    }
    const statement = this.#connection.prepare(text);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    this.#statements.set(text, statement);
    if (this.#statements.size > KEPT_STATEMENTS) {
      const [oldest] = this.#statements.keys();
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    return statement;
  }
}

/** The column as text; fails when the file holds something else there. */
export function textOf(value: SqlValue | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`expected text in a column of documents.sqlite, found ${typeof value}`);
  return value;
}

/** The column as a whole number; fails when the file holds something else there. */
export function integerOf(value: SqlValue | undefined): bigint {
  if (typeof value !== 'bigint')
    throw new TypeError(`expected a whole number in a column of documents.sqlite, found ${typeof value}`);
  return value;
}
