import { z } from 'zod';
import { ForewarmError } from '../../core/errors.ts';
import {
  backfillRequest,
  backfillView,
  MOST_PREVIEWED,
  pauseRequest,
  type ScheduleFilter,
  type ScheduleView,
  scheduleFilter,
  scheduleReport,
  scheduleView,
  skipRequest,
  tickView,
  timePreview,
} from '../../verbs/schedules/schedule-shapes.ts';
import { reasonRequest, writtenTime } from '../../verbs/shapes.ts';
import type { RouteContext, Server } from '../server.ts';
import { pathOfRun } from './run-routes.ts';

const tags = ['operations'];
const triggered = z.object({
  schedule: z.string(),
  run: z.string().nullable().describe("The run it made; null for a temperature's refresh."),
});

const named = z.object({ name: z.string().min(1).describe('The name of a schedule.') });
const previewQuery = z.strictObject({
  from: writtenTime()
    .optional()
    .describe('ISO 8601; without Z or +01:00 it is of the time zone of the schedule. Now, unless given.'),
  count: z.coerce.number().int().min(1).max(MOST_PREVIEWED).default(10),
});
const limited = (usual: number) =>
  z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(usual) });
const ticksQuery = limited(50);
const reportQuery = limited(20);

/** No body is no reason, and a pause until it is resumed. */
const reason = reasonRequest.nullish();
const pause = pauseRequest.nullish();

function whoCalls(caller: { readonly name: string } | undefined): string {
  return caller?.name ?? 'api';
}

export function scheduleRoutes(app: Server, context: RouteContext): void {
  listAndTrigger(app, context);
  show(app, context);
  look(app, context);
  pauseAndResume(app, context);
  pauseMany(app, context);
  byHand(app, context);
}

/** A filter of one name, which stands for that schedule alone: of a `*` it would make many. */
function oneOf(name: string): ScheduleFilter {
  if (name.includes('*')) throw notFound(name);
  return { names: [name], kinds: [], all: false };
}

/** The one schedule that such a filter gives. */
function only(views: readonly ScheduleView[], name: string): ScheduleView {
  const view = views.find((each) => each.name === name);
  if (view === undefined) throw notFound(name);
  return view;
}

function notFound(name: string): ForewarmError {
  return new ForewarmError('E_NOT_FOUND', `schedule "${name}" does not exist`);
}

const changed = z.object({ schedules: z.array(scheduleView) });

function pauseMany(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/schedules/pause',
    config: { scope: 'warm' },
    schema: {
      operationId: 'pauseSchedules',
      summary: 'Let schedules skip their times: those of some names or kinds, or all',
      tags,
      body: z
        .strictObject({ which: scheduleFilter, ...pauseRequest.shape })
        .meta({ examples: [{ which: { names: ['night*'] }, why: 'freeze' }] }),
      response: { 200: changed },
    },
    handler: async ({ body: { which, ...request }, caller }) => ({
      schedules: await verbs.pauseSchedules(which, request, whoCalls(caller)),
    }),
  });
  app.route({
    method: 'POST',
    url: '/v1/schedules/resume',
    config: { scope: 'warm' },
    schema: {
      operationId: 'resumeSchedules',
      summary: 'End the pauses of schedules of some names or kinds, or of all',
      tags,
      body: z
        .strictObject({ which: scheduleFilter, ...reasonRequest.shape })
        .meta({ examples: [{ which: { all: true }, why: 'it has moved' }] }),
      response: { 200: changed },
    },
    handler: async ({ body: { which, ...request }, caller }) => ({
      schedules: await verbs.resumeSchedules(which, request, whoCalls(caller)),
    }),
  });
}

/** What people want otherwise than the schedule says. */
function byHand(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/schedules/:name/skip',
    config: { scope: 'warm' },
    schema: {
      operationId: 'skipTick',
      summary: 'Leave out one coming time of a schedule, or let it fire after all',
      tags,
      params: named,
      body: skipRequest,
      response: { 200: scheduleView },
    },
    handler: ({ params, body, caller }) => verbs.skipTick(params.name, body, whoCalls(caller)),
  });
  app.route({
    method: 'POST',
    url: '/v1/schedules/:name/backfill',
    config: { scope: 'warm' },
    schema: {
      operationId: 'backfillSchedule',
      summary: 'Make the runs of times that have passed and did not run',
      tags,
      params: named,
      body: backfillRequest,
      response: { 200: backfillView },
    },
    handler: ({ params, body, caller }) => verbs.backfill(params.name, body, whoCalls(caller)),
  });
}

function pauseAndResume(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/schedules/:name/pause',
    config: { scope: 'warm' },
    schema: {
      operationId: 'pauseSchedule',
      summary: 'Let a schedule skip its times, for a while or until it is resumed',
      tags,
      params: named,
      body: pause,
      response: { 200: scheduleView },
    },
    handler: async ({ params, body, caller }) =>
      only(await verbs.pauseSchedules(oneOf(params.name), body ?? {}, whoCalls(caller)), params.name),
  });
  app.route({
    method: 'POST',
    url: '/v1/schedules/:name/resume',
    config: { scope: 'warm' },
    schema: {
      operationId: 'resumeSchedule',
      summary: 'End the pause of a schedule; what it skipped is not made up for',
      tags,
      params: named,
      body: reason,
      response: { 200: scheduleView },
    },
    handler: async ({ params, body, caller }) => {
      const resumed = await verbs.resumeSchedules(oneOf(params.name), body ?? {}, whoCalls(caller));
      return only(resumed, params.name);
    },
  });
}

function show(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/schedules/:name',
    config: { scope: 'read' },
    schema: {
      operationId: 'showSchedule',
      summary: 'One schedule: how its last times ended, what people did to it, and its next times',
      tags,
      params: named,
      querystring: reportQuery,
      response: { 200: scheduleReport },
    },
    handler: ({ params, query }) => verbs.schedule(params.name, query.limit),
  });
}

/** What a schedule names, and how its times ended. */
function look(app: Server, { verbs, clock }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/schedules/:name/preview',
    config: { scope: 'read' },
    schema: {
      operationId: 'previewSchedule',
      summary: 'The coming times of a schedule, with what clock changes do to them',
      tags,
      params: named,
      querystring: previewQuery,
      response: { 200: z.object({ times: z.array(timePreview) }) },
    },
    handler: async ({ params, query }) => ({
      times: await verbs.previewSchedule(params.name, query.from ?? clock.now(), query.count),
    }),
  });
  app.route({
    method: 'GET',
    url: '/v1/schedules/:name/ticks',
    config: { scope: 'read' },
    schema: {
      operationId: 'listTicks',
      summary: 'How the last times of a schedule ended, the newest first',
      tags,
      params: named,
      querystring: ticksQuery,
      response: { 200: z.object({ ticks: z.array(tickView) }) },
    },
    handler: async ({ params, query }) => ({ ticks: await verbs.ticks(params.name, query.limit) }),
  });
}

function listAndTrigger(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/schedules',
    config: { scope: 'read' },
    schema: {
      operationId: 'listSchedules',
      summary: 'The schedules, and when each fires next',
      tags,
      response: { 200: z.object({ schedules: z.array(scheduleView) }) },
    },
    handler: async () => ({ schedules: await verbs.schedules() }),
  });
  app.route({
    method: 'POST',
    url: '/v1/schedules/:name/trigger',
    config: { scope: 'warm' },
    schema: {
      operationId: 'triggerSchedule',
      summary: 'Make a schedule fire now',
      tags,
      params: named,
      body: reason,
      response: { 202: triggered },
    },
    handler: async ({ params, body, caller }, reply) => {
      const fired = await verbs.trigger(params.name, body ?? {}, whoCalls(caller));
      if (fired.run !== null) reply.header('location', pathOfRun(fired.run));
      return reply.code(202).send(fired);
    },
  });
}
