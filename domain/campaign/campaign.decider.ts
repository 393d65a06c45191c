import { canonicalJson } from '../../contracts/canonical-json.js';
import { EngineError } from '../../contracts/errors.js';
import type { PlainData } from '../../contracts/events/event-contracts.js';
import type { Decider } from '../decider.js';

/** A campaign as people define it. */
export type CampaignDefinition = Omit<PlainData<'campaign.defined'>, 'revision'>;
export type CampaignLaunch = PlainData<'campaign.launched'>;

export type CampaignEvent =
  | { readonly type: 'campaign.defined'; readonly data: PlainData<'campaign.defined'> }
  | { readonly type: 'campaign.revised'; readonly data: PlainData<'campaign.revised'> }
  | { readonly type: 'campaign.launched'; readonly data: CampaignLaunch };

/** `ifRevision` is the revision that the caller saw; absent: whatever stands now. */
export type CampaignCommand =
  | { readonly kind: 'define'; readonly definition: CampaignDefinition }
  | { readonly kind: 'revise'; readonly definition: CampaignDefinition; readonly ifRevision?: number }
  | { readonly kind: 'launch'; readonly launch: Omit<CampaignLaunch, 'revision'> };

/** A campaign as its stream tells it; `launch` once it has its run. */
export type CampaignState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'defined'; readonly campaign: PlainData<'campaign.defined'>; readonly launch?: CampaignLaunch };

type Campaign = Extract<CampaignState, { kind: 'defined' }>;

function evolve(state: CampaignState, event: CampaignEvent): CampaignState {
  switch (event.type) {
    case 'campaign.defined':
      return { kind: 'defined', campaign: event.data };
    case 'campaign.revised':
      return state.kind === 'absent' ? state : { ...state, campaign: event.data };
    case 'campaign.launched':
      return state.kind === 'absent' ? state : { ...state, launch: event.data };
  }
}

function decide(command: CampaignCommand, state: CampaignState): readonly CampaignEvent[] {
  switch (command.kind) {
    case 'define':
      return state.kind === 'absent' ? [{ type: 'campaign.defined', data: { ...command.definition, revision: 1 } }] : [];
    case 'revise':
      return revise(command.definition, command.ifRevision, existing(state));
    case 'launch':
      return launch(command.launch, existing(state));
  }
}

function existing(state: CampaignState): Campaign {
  if (state.kind === 'absent') throw new EngineError('not_found', 'Expected the id of a campaign, found none with this id.');
  return state;
}

function revise(definition: CampaignDefinition, ifRevision: number | undefined, state: Campaign): readonly CampaignEvent[] {
  const { revision, ...current } = state.campaign;
  if (canonicalJson(definition) === canonicalJson(current)) return [];
  if (state.launch !== undefined) throw alreadyLaunched(state.launch);
  if (ifRevision !== undefined && ifRevision !== revision) {
    throw new EngineError('revision_stale', `Expected the campaign at revision ${ifRevision}, found it at ${revision}.`);
  }
  return [{ type: 'campaign.revised', data: { ...definition, revision: revision + 1 } }];
}

/** The schedule fires the same run again after a crash, which changes nothing; a person who launches again is refused. */
function launch(wanted: Omit<CampaignLaunch, 'revision'>, state: Campaign): readonly CampaignEvent[] {
  if (state.launch === undefined) {
    return [{ type: 'campaign.launched', data: { ...wanted, revision: state.campaign.revision } }];
  }
  if (wanted.cause === 'schedule' && state.launch.run === wanted.run) return [];
  throw alreadyLaunched(state.launch);
}

function alreadyLaunched({ run, at }: CampaignLaunch): EngineError {
  return new EngineError('already_launched', `Expected a campaign that was not launched; this one was at ${at} (run ${run}).`, {
    details: { run_id: run },
  });
}

/** A campaign: defined, revised until it is launched, launched once. Errors: `not_found`, `revision_stale`, `already_launched`. */
export const campaignDecider: Decider<CampaignState, CampaignCommand, CampaignEvent> = {
  initialState: { kind: 'absent' },
  evolve,
  decide,
};
