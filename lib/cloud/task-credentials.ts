/**
 * The AWS SDK finds credentials in nine ways, most of them for people at their machines, and their code is an eighth of a
 * handler. Bundles keep the ways of a task: environment (Lambda), container (Fargate, Batch), web identity (Kubernetes).
 */
import type { Plugin } from 'esbuild';

const FACTORIES: Readonly<Record<string, string>> = {
  sso: 'fromSSO',
  ini: 'fromIni',
  process: 'fromProcess',
};

export const taskCredentials: Plugin = {
  name: 'task-credentials',
  setup(build) {
    build.onLoad(
      { filter: /[\\/]@aws-sdk[\\/]credential-provider-(sso|ini|process)[\\/]dist-es[\\/]index\.js$/ },
      ({ path }) => {
        const kind = /credential-provider-(\w+)/.exec(path)?.[1] ?? '';
        return {
          contents: `export const ${FACTORIES[kind] ?? ''} = () => async () => {
  throw Object.assign(new Error('A task has no ${kind} credentials.'), { tryNextLink: true });
};`,
          loader: 'js',
        };
      },
    );
  },
};
