import { type Define, explain } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { showBanner } from '../reports/banner.ts';
import { serve } from '../serve.ts';

export const workerCommand: Define = (parent, act) => {
  const command = parent
    .command('worker')
    .description('run jobs; any number of workers share the work')
    .action(() =>
      act((context) =>
        serve(context, {
          command: 'worker',
          roles: ['worker'],
          port: undefined,
          greet: (serving) => showBanner(serving, { title: 'Forewarm is up: worker', schedules: false }),
        }),
      ),
    );
  explain(command, {
    examples: [['forewarm worker', 'one more pair of hands']],
    exits: [EXIT.unavailable],
  });
};
