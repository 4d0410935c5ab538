import { PublishCommand } from '@aws-sdk/client-sns';
import { snsClient } from '../../lib/aws/clients';
import { resourceNames } from '../../lib/aws/environment';
import { taskHandler } from '../../lib/runtime/task-handler';
import { notify } from '../../lib/tasks/notify';

export const handler = taskHandler(notify, async (input) => {
  const { MessageId } = await snsClient().send(
    new PublishCommand({ TopicArn: resourceNames().alarmTopic, Subject: input.subject, Message: input.text }),
  );
  return { messageId: MessageId ?? '' };
});
