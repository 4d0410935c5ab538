import { taskHandler } from 'millrace/task';
import { greet, salutation } from '../../tasks/greet';

export const handler = taskHandler(greet, async ({ name }, context) => ({
  text: `${await context.variable(salutation)} ${name}`,
}));
