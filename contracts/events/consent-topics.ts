import { z } from 'zod';
import { code, id, optional } from './contract-fields.js';

/**
 * What a message needs: `opt_out`: it is enough that nobody withdrew it; `opt_in`: the customer must have granted it; `double_opt_in`: and have
 * confirmed that by a link in a message to the address.
 */
export const consentRules = ['opt_out', 'opt_in', 'double_opt_in'] as const;
export type ConsentRule = (typeof consentRules)[number];

/** One purpose that messages have and that people can choose. */
export const consentTopic = z.object({
  purpose: code,
  /** As people read it. */
  label: z.string().min(1).max(100),
  description: optional(z.string().max(500)),
  /** By channel; a channel that is not named goes by the workspace. */
  opt_in: optional(z.record(code, z.enum(consentRules))),
  /** What people are shown when they are asked; its version is kept with what they say. */
  wording: optional(z.object({ version: id, text: z.string().min(1).max(2_000) })),
});
export type ConsentTopic = z.output<typeof consentTopic>;

/** How many topics a workspace may have. */
export const TOPICS_MOST = 50;
