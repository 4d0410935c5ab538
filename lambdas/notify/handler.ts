import { PublishCommand } from '@aws-sdk/client-sns';
import { snsClient } from '../../lib/aws/clients/sns';
import { resourceNames } from '../../lib/aws/environment';
import { taskHandler } from '../../lib/runtime/task-handler';
import { notify } from '../../lib/tasks/notify';

export const handler = taskHandler(notify, async (input, context) => {
  const { MessageId } = await snsClient().send(
    new PublishCommand({
      TopicArn: resourceNames().alarmTopic,
      // A subject of SNS is one line of printable ASCII.
      Subject: input.subject.replace(/[^\x21-\x7e]+/g, ' ').trim() || 'millrace',
      Message: `${input.text}\n\nRun: ${context.run.id}\nTask: ${context.task}\nDetails: millrace show ${context.run.id}`,
    }),
  );
  return { messageId: MessageId ?? '' };
});
