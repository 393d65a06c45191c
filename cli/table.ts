/** A column of a table: its heading, and the text of a row's cell. */
export interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => string | number;
  readonly align?: 'right';
}

/** Rows as aligned text with a heading, for people; a newline ends each line. */
export function renderTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = rows.map((row) => columns.map((column) => oneLine(String(column.cell(row)))));
  const widths = columns.map(({ heading }, at) => Math.max(heading.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const line = (texts: readonly string[]): string =>
    columns
      .map(({ align }, at) => pad(texts[at] ?? '', widths[at] ?? 0, align))
      .join('  ')
      .trimEnd();
  return [columns.map(({ heading }) => heading), ...cells].map((texts) => `${line(texts)}\n`).join('');
}

function pad(text: string, width: number, align: 'right' | undefined): string {
  return align === 'right' ? text.padStart(width) : text.padEnd(width);
}

/** What comes from outside must neither break the table nor steer the terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
