/** `millrace/task`: what the handler of a task of one's own imports. It loads clients of AWS, which definitions must not. */
export { taskHandler, type TaskFunction } from './runtime/task-handler';
export type { TaskContext } from './runtime/task-context';
