import type { DoctorFinding, DoctorReport } from '../../../../src/api-client/client.ts';
import { counted } from '../../format/numbers.ts';
import { Badge, Card } from '../../parts/layout.tsx';
import { Loaded } from '../../parts/states.tsx';
import { To } from '../../parts/text.tsx';
import type { Query } from '../../query.ts';

const TONES = { problem: 'bad', warning: 'warn', note: 'calm', ok: 'good' } as const;

const isWrong = ({ level }: DoctorFinding) => level === 'problem' || level === 'warning';

/** How many things are wrong, beside the sentence. It takes the same room before that is known. */
export function Worst({ report: { data } }: { readonly report: Query<DoctorReport> }) {
  const wrong = data?.findings.filter(isWrong) ?? [];
  return (
    <p class="worst">
      {wrong.length > 0 && (
        <a href="#card-what-is-wrong">
          <Badge tone={TONES[data?.level ?? 'warning']}>{counted(wrong.length, 'thing')} wrong</Badge>
        </a>
      )}
    </p>
  );
}

/** What the doctor says is wrong, the worst first, with a way to where it is. */
export function Findings({ report }: { readonly report: Query<DoctorReport> }) {
  const again = (
    <button type="button" class="quiet" onClick={report.refresh}>
      Examine again
    </button>
  );
  return (
    <Card title="What is wrong" wide aside={again}>
      <Loaded query={report} lines={2}>
        {({ findings, unexamined }) => {
          const wrong = findings.filter(isWrong);
          return (
            <>
              {wrong.length === 0 && <p>Nothing, by {findings.length} findings of the doctor.</p>}
              <ul class="findings">
                {wrong.map((finding) => (
                  <Finding key={`${finding.check} ${finding.where} ${finding.finding}`} finding={finding} />
                ))}
              </ul>
              {unexamined.length > 0 && (
                <p class="muted">
                  {unexamined.length} checks could not tell, such as {unexamined[0]?.check}:{' '}
                  {unexamined[0]?.reason}
                </p>
              )}
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}

function Finding({ finding: { level, where, finding, remedy } }: { readonly finding: DoctorFinding }) {
  return (
    <li>
      <div>
        <Badge tone={TONES[level]}>{level}</Badge>
      </div>
      <div>
        <p>
          <Place where={where} /> {finding}
        </p>
        {remedy !== null && <p class="muted">{remedy}</p>}
      </div>
    </li>
  );
}

/** Parts of the configuration that have a view of their own. */
const VIEWS: Readonly<Record<string, readonly [view: string, param: string, before?: string]>> = {
  origins: ['origin', 'name'],
  schedules: ['schedule', 'name'],
  sources: ['keys', 'selector', 'source='],
};

function Place({ where }: { readonly where: string }) {
  const [, part = '', name = ''] = /^(\w+)\.([^.]+)/.exec(where) ?? [];
  const [view, param, before = ''] = VIEWS[part] ?? [];
  if (view === undefined || param === undefined) return <code>{where}</code>;
  return (
    <To view={view} query={{ [param]: before + name }}>
      <code>{where}</code>
    </To>
  );
}
