import { z } from 'zod';
import { contract } from './contract';

export const notify = contract({
  name: 'notify',
  summary: 'Publishes a message to the alarm topic, whose subscribers get it by e-mail, chat or webhook.',
  input: z.object({ subject: z.string().min(1).max(100), text: z.string().min(1) }),
  output: z.object({ messageId: z.string() }),
  memoryMb: 256,
  access: [{ store: 'alarms', mode: 'publish' }],
});
