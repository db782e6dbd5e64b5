/** Something that is to be done before it can go on. */
export interface Step {
  readonly name: string;
  readonly what: string;
  run(): void;
}

export declare function consoleStep(): Step | undefined;
