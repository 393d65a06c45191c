/** What a link rests on, as one word: `manual`, `request`, or `<kind>:<keyed hash>` of the identifier that both carry. */
export function linkCause(data: { readonly because: string; readonly kind?: string; readonly identifier?: string }): string {
  return data.because === 'identifier' ? `${data.kind ?? ''}:${data.identifier ?? ''}` : data.because;
}
