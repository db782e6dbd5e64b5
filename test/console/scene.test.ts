/**
 * What is tested on one real system that needs people, as starting one takes long: every view, every action, schedules, and what a
 * stranger finds. In an order in which none takes away what the next one looks at; it ends with its Redis gone.
 */
import { afterAll, beforeAll } from 'vitest';
import { type ConsoleScene, startConsoleScene } from '../support/console-scene.ts';
import { everyAction } from './scene/actions.ts';
import { everyView, withRedisAway } from './scene/every-view.ts';
import { schedules } from './scene/schedules.ts';
import { aStranger } from './scene/stranger.ts';

let started: ConsoleScene;

beforeAll(async () => {
  started = await startConsoleScene();
});
afterAll(() => started?.stop());

const scene = () => started;

everyView(scene);
everyAction(scene);
schedules(scene);
aStranger(scene);
withRedisAway(scene);
