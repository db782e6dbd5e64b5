import { type Define, explain, whole } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { showBanner } from '../reports/banner.ts';
import { serve } from '../serve.ts';

export const apiCommand: Define = (parent, act) => {
  const command = parent
    .command('api')
    .description('serve the control API')
    .option('--port <port>', 'to listen at; 0 is any free one', whole(0))
    .action(({ port }: { port?: number }) =>
      act((context) =>
        serve(context, {
          command: 'api',
          roles: ['api'],
          port,
          greet: (serving) => showBanner(serving, { title: 'Forewarm is up: api', schedules: false }),
        }),
      ),
    );
  explain(command, {
    examples: [['forewarm api --port 8080', 'for programs, beside workers elsewhere']],
    exits: [EXIT.unavailable],
  });
};
