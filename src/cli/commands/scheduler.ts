import { type Define, explain } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { showBanner } from '../reports/banner.ts';
import { serve } from '../serve.ts';

export const schedulerCommand: Define = (parent, act) => {
  const command = parent
    .command('scheduler')
    .description('fire schedules; any number of schedulers fire each tick once')
    .action(() =>
      act((context) =>
        serve(context, {
          command: 'scheduler',
          roles: ['scheduler'],
          port: undefined,
          greet: (serving) => showBanner(serving, { title: 'Forewarm is up: scheduler', schedules: true }),
        }),
      ),
    );
  explain(command, {
    examples: [['forewarm scheduler', 'beside workers elsewhere']],
    exits: [EXIT.unavailable],
  });
};
