/** A compiled machine for the local cloud whose first and last states are played: no function is invoked for them. */
import type { CompiledPipeline } from '../../lib/compiler/compile';
import type { Json } from '../../lib/model/json';

export function playedMachine(
  { definition }: CompiledPipeline,
  run: Json,
  substitutions: Readonly<Record<string, string>>,
): object {
  const { Begin, Finish, Failed, ...states } = definition.States;
  if (Failed === undefined) throw new Error('A machine has a state Failed.');
  if (Begin?.Type !== 'Task' || Finish?.Type !== 'Task') throw new Error('Begin and Finish are tasks.');
  const { Payload } = Finish.Arguments as { readonly Payload: { readonly tasks: Json } };
  const text = JSON.stringify({
    ...definition,
    States: {
      Begin: { Type: 'Pass', Assign: { run }, Output: {}, Next: Begin.Next },
      ...states,
      Finish: {
        Type: 'Pass',
        Output: { status: 'success', tasks: Payload.tasks },
        End: true,
      },
    },
  });
  return JSON.parse(
    text.replace(/\$\{(\w+)\}/g, (token, name: string) => substitutions[name] ?? token),
  ) as object;
}
