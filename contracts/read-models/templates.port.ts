/** A template. Document id: `<workspace>/<template>`. */
export type TemplateDocument = {
  readonly template_id: string;
  readonly name: string;
  readonly subject: string;
  readonly html: string;
  readonly text?: string;
  readonly revision: number;
  readonly created_at: string;
  readonly updated_at: string;
};

/** The templates of each workspace. Errors: those of the document store. */
export interface Templates {
  get(workspace: string, templateId: string): Promise<TemplateDocument | null>;
  /** Newest first. */
  list(
    workspace: string,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly templates: readonly TemplateDocument[]; readonly next: string | null }>;
}
