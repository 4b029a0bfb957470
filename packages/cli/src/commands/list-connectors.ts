import { Flags } from '@oclif/core';
import { type Action, DatacookCommand } from '../command.js';

export default class ListConnectors extends DatacookCommand {
  static override summary = 'List the installed plug-ins, and what they offer.';

  static override description =
    `Lists every source, destination, transform, format and state backend that recipes in this folder can name, with the package it comes from, and what is wrong with it if it can't be used. Nothing is loaded.

Exit code: 0, also if a plug-in can't be used.`;

  static override examples = [
    { description: 'List them:', command: '<%= config.bin %> list-connectors' },
    { description: 'As a JSON document:', command: '<%= config.bin %> list-connectors --json' },
  ];

  static override flags = {
    json: Flags.boolean({ description: 'Write one JSON document.' }),
  };

  protected async prepare(): Promise<Action> {
    const { flags } = await this.parse(ListConnectors);
    const { listConnectors } = await import('../actions/list-connectors.js');
    return (invocation) => listConnectors(flags.json, invocation);
  }
}
