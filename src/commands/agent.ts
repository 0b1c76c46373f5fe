import { BaseCommand } from '../cli/base.js';
import { Agent } from '../fleet/agent.js';

export default class AgentCommand extends BaseCommand {
  static override summary = 'Run jobs for an iotest elsewhere: what iotest run --hosts starts on each host.';
  static override description = `Speaks lines of JSON on stdin and stdout, for nobody else to read. It needs no
service and opens no port: whoever leads the run starts it over ssh, srun or
kubectl, and it ends with the connection, or 10 s after it last heard of it.`;
  static override examples = ['ssh nodeA <%= config.bin %> agent'];

  async run(): Promise<void> {
    await this.parse(AgentCommand);
    process.exitCode = await new Agent(process.stdout, this.config.root).serve(process.stdin);
  }
}
