/** What one check found; only a `problem` needs someone to act. */
export interface CheckResult {
  readonly name: string;
  readonly state: 'ok' | 'note' | 'problem';
  readonly detail: string;
}

/** Is told how many of how many events a check has read. */
export type OnRead = (done: number, total: number) => void;

/** Something that `cebe doctor` looks at; `deep` ones read everything stored. A check finds problems, it does not throw them. */
export interface DoctorCheck {
  readonly depth: 'quick' | 'deep';
  run(onRead: OnRead): Promise<readonly CheckResult[]>;
}
