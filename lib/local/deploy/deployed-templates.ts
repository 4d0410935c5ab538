import type { Database, RootDatabase } from 'lmdb';

/** What the last deployment said of resources that may be changed in between. */
export class DeployedTemplates {
  private readonly properties: Database<string, string>;

  constructor(private readonly root: RootDatabase) {
    this.properties = root.openDB({ name: 'deploy.properties', encoding: 'json' });
  }

  changed(arn: string, properties: string): boolean {
    return this.properties.get(arn) !== properties;
  }

  remember(arn: string, properties: string): void {
    this.root.transactionSync(() => void this.properties.put(arn, properties));
  }
}
