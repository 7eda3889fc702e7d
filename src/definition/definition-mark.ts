import type { InPlaceMigration } from './define-in-place.js';
import type { MoveMigration } from './define-move.js';
import type { StepsMigration } from './define-steps.js';

/** A registered symbol, so that a definition made by another copy of the package is recognised too. */
const mark = Symbol.for('dynamigrate.definition');

/** Marks and freezes what `defineMigration` and `defineSteps` return. */
export function definitionMark<D extends object>(definition: D): Readonly<D> {
  return Object.freeze(Object.defineProperty(definition, mark, { value: true }));
}

/** Whether a value is the result of `defineMigration` or `defineSteps`. */
export function isDefinition(value: unknown): value is InPlaceMigration | MoveMigration | StepsMigration {
  return typeof value === 'object' && value !== null && mark in value;
}
