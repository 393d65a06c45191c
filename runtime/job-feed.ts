/** Something long that is on its way: its newest report, for any number of readers. */
export interface JobFeed<Report> {
  push(report: Report): void;
  end(): void;
  /** The newest report at once, then each newer one; slow readers miss those in between. Ends with the job. */
  reports(): AsyncIterable<Report>;
}

/** A feed that begins with the given report. */
export function createJobFeed<Report>(initial: Report): JobFeed<Report> {
  let newest = initial;
  let count = 1;
  let ended = false;
  let tell: () => void = () => undefined;
  let changed = nextChange();

  function nextChange(): Promise<void> {
    return new Promise((resolve) => (tell = resolve));
  }

  function announce(): void {
    const before = tell;
    changed = nextChange();
    before();
  }

  return {
    push(report) {
      newest = report;
      count += 1;
      announce();
    },
    end() {
      ended = true;
      announce();
    },
    async *reports() {
      for (let seen = 0; ;) {
        const next = changed;
        if (seen < count) {
          seen = count;
          yield newest;
        } else if (ended) {
          return;
        } else {
          await next;
        }
      }
    },
  };
}
