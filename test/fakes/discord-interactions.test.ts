// Commands, menus, buttons, selects and dialogs of the fake Discord, answered by the real discord.js.
import {
  type AnySelectMenuInteraction,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  type ButtonInteraction,
  ButtonStyle,
  type ChatInputCommandInteraction,
  type Client,
  ComponentType,
  Events,
  type MessageContextMenuCommandInteraction,
  MessageFlags,
  type ModalSubmitInteraction,
  TextInputStyle,
  type UserContextMenuCommandInteraction,
} from 'discord.js';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, INTENTS } from './discord-client.js';
import { type FakeDiscord, startFakeDiscord } from './discord/index.js';

let fake: FakeDiscord;
let client: Client<true>;
let guild: string;
let channel: string;
let person: string;

beforeEach(async () => {
  fake = await startFakeDiscord();
  guild = fake.createGuild();
  channel = fake.createChannel(guild);
  person = fake.createMember(guild, 'mina');
  client = await connect(fake, { intents: INTENTS });
  await client.application.commands.set(
    [
      {
        name: 'check',
        description: 'Reads a text',
        options: [
          {
            type: ApplicationCommandOptionType.String,
            name: 'text',
            description: 'the text',
            required: true,
          },
          { type: ApplicationCommandOptionType.User, name: 'about', description: 'whom' },
        ],
      },
      {
        name: 'model',
        description: 'The model',
        options: [{ type: ApplicationCommandOptionType.Subcommand, name: 'status', description: 'now' }],
      },
      { name: 'Correct the reading', type: ApplicationCommandType.Message },
      { name: 'About', type: ApplicationCommandType.User },
      { name: 'guarded', description: 'For moderators', defaultMemberPermissions: ['ManageMessages'] },
    ],
    guild,
  );
});

afterEach(async () => {
  await client.destroy();
  await fake.close();
});

/** The interaction that this brings. */
async function told<T>(begin: () => string): Promise<T> {
  const event = once(client, Events.InteractionCreate) as Promise<[T]>;
  begin();
  return (await event)[0];
}

const command = (text = 'fine') =>
  told<ChatInputCommandInteraction>(() => fake.command(channel, person, 'check', { text, about: person }));

describe('commands and menus', () => {
  it('bring their options, and are answered publicly or privately', async () => {
    const interaction = await command('not bad');
    expect(interaction.options.getString('text')).toBe('not bad');
    expect(interaction.options.getUser('about')?.id).toBe(person);
    expect(interaction.memberPermissions?.has('SendMessages')).toBe(true);
    expect(interaction.memberPermissions?.has('ManageMessages')).toBe(false);
    const event = once(client, Events.MessageCreate);
    await interaction.reply('positive');
    const [message] = (await event) as [{ id: string; interactionMetadata: { id: string } }];
    expect(message.interactionMetadata.id).toBe(interaction.id);
    const hidden = await command();
    await hidden.reply({ content: 'for you', flags: MessageFlags.Ephemeral });
    expect(fake.sent.answers).toMatchObject([
      {
        interactionId: interaction.id,
        how: 'callback',
        type: 4,
        ephemeral: false,
        content: 'positive',
        messageId: message.id,
      },
      { interactionId: hidden.id, how: 'callback', type: 4, ephemeral: true, content: 'for you' },
    ]);
    const own = fake.sent.answers[1]?.messageId ?? '';
    // Nobody finds a private answer in the channel.
    await expect(client.rest.get(`/channels/${channel}/messages/${own}`)).rejects.toMatchObject({
      code: 10008,
    });
    expect((await hidden.fetchReply()).content).toBe('for you');
    expect(fake.world.channels.get(channel)?.messageIds).toEqual([message.id]);
  });

  it('are deferred, then filled, followed up and deleted', async () => {
    const interaction = await command();
    const response = await interaction.deferReply({ flags: MessageFlags.Ephemeral, withResponse: true });
    expect(response.interaction).toMatchObject({
      responseMessageLoading: true,
      responseMessageEphemeral: true,
    });
    await interaction.editReply('done');
    const followup = await interaction.followUp('for all');
    await interaction.editReply({ message: followup.id, content: 'for everybody' });
    await interaction.deleteReply(followup.id);
    expect(fake.sent.answers.map(({ how, content, ephemeral }) => [how, content, ephemeral])).toEqual([
      ['callback', '', true],
      ['edit', 'done', true],
      ['followup', 'for all', false],
      ['edit', 'for everybody', false],
      ['delete', '', false],
    ]);
  });

  it('name their subcommand, message or person; a message whole, whatever the intents', async () => {
    const sub = await told<ChatInputCommandInteraction>(() => fake.command(channel, person, 'model status'));
    expect(sub.options.getSubcommand()).toBe('status');
    const message = fake.say(channel, person, 'a hidden text');
    const menu = await told<MessageContextMenuCommandInteraction>(() =>
      fake.menu({ messageId: message }, person, 'Correct the reading'),
    );
    expect(menu.targetMessage).toMatchObject({ id: message, content: 'a hidden text' });
    const about = await told<UserContextMenuCommandInteraction>(() =>
      fake.menu({ userId: person, channelId: channel }, person, 'About'),
    );
    expect(about.targetUser.id).toBe(person);
  });

  it('in direct channels come from a user, not a member', async () => {
    await client.application.commands.set([{ name: 'help', description: 'Helps' }]);
    const direct = fake.directChannel(person);
    const interaction = await told<ChatInputCommandInteraction>(() => fake.command(direct, person, 'help'));
    expect(interaction.inGuild()).toBe(false);
    expect(interaction.user.id).toBe(person);
    await interaction.reply('like so');
  });

  it('cannot be begun where Discord would not show them', () => {
    expect(() => fake.command(channel, person, 'guarded')).toThrow(/does not show/);
    expect(() => fake.command(channel, person, 'unknown')).toThrow(/no command/);
    expect(() => fake.command(channel, person, 'check')).toThrow(/requires the option text/);
    expect(() => fake.command(channel, person, 'check', { text: 'a', odd: 1 })).toThrow(/no option odd/);
  });
});

describe('components and dialogs', () => {
  async function question(): Promise<string> {
    const interaction = await command();
    await interaction.reply({
      content: 'right?',
      components: [
        {
          type: ComponentType.ActionRow,
          components: [
            { type: ComponentType.Button, style: ButtonStyle.Primary, customId: 'yes', label: 'Yes' },
            {
              type: ComponentType.Button,
              style: ButtonStyle.Danger,
              customId: 'off',
              label: 'Off',
              disabled: true,
            },
          ],
        },
        {
          type: ComponentType.ActionRow,
          components: [
            {
              type: ComponentType.StringSelect,
              customId: 'label',
              options: [
                { label: 'Positive', value: 'positive' },
                { label: 'Negative', value: 'negative' },
              ],
            },
          ],
        },
      ],
    });
    return fake.sent.answers.at(-1)?.messageId ?? '';
  }

  it('are pressed and selected, and change their message or answer anew', async () => {
    const message = await question();
    const pressed = await told<ButtonInteraction>(() => fake.press(message, person, 'yes'));
    expect(pressed).toMatchObject({ customId: 'yes', message: { id: message } });
    await pressed.update({ content: 'thanks', components: [] });
    expect(fake.world.messages.get(message)).toMatchObject({ content: 'thanks', components: [] });
    const other = await question();
    const selected = await told<AnySelectMenuInteraction>(() =>
      fake.select(other, person, 'label', ['negative']),
    );
    expect(selected.values).toEqual(['negative']);
    await selected.deferUpdate();
    await selected.editReply('noted');
    expect(fake.world.messages.get(other)?.content).toBe('noted');
    expect(() => fake.press(other, person, 'off')).toThrow(/no such component/);
    expect(() => fake.select(other, person, 'label', ['odd'])).toThrow(/no choice odd/);
  });

  it('open a dialog, whose fields come back', async () => {
    const message = await question();
    const pressed = await told<ButtonInteraction>(() => fake.press(message, person, 'yes'));
    await pressed.showModal({
      custom_id: 'correct',
      title: 'Correct the reading',
      components: [
        {
          type: ComponentType.Label,
          label: 'Label',
          component: {
            type: ComponentType.StringSelect,
            custom_id: 'label',
            options: [
              { label: 'Positive', value: 'positive' },
              { label: 'Negative', value: 'negative' },
            ],
          },
        },
        {
          type: ComponentType.Label,
          label: 'Text',
          component: {
            type: ComponentType.TextInput,
            custom_id: 'text',
            style: TextInputStyle.Paragraph,
            required: false,
          },
        },
      ],
    });
    expect(fake.sent.answers.at(-1)).toMatchObject({ type: 9, modal: { custom_id: 'correct' } });
    expect(() => fake.submit(pressed.id, { text: 'x' })).toThrow(/label is required/);
    const submitted = await told<ModalSubmitInteraction>(() =>
      fake.submit(pressed.id, { label: ['negative'], text: 'my words' }),
    );
    expect(submitted.fields.getStringSelectValues('label')).toEqual(['negative']);
    expect(submitted.fields.getTextInputValue('text')).toBe('my words');
    expect(submitted.message?.id).toBe(message);
    await submitted.reply({ content: 'stored', flags: MessageFlags.Ephemeral });
    expect(fake.sent.answers.at(-1)).toMatchObject({
      interactionId: submitted.id,
      ephemeral: true,
      content: 'stored',
    });
  });
});

describe('answers that come too late or twice', () => {
  const answer = (id: string, token: string) =>
    client.rest.post(`/interactions/${id}/${token}/callback`, {
      body: { type: 4, data: { content: 'a' } },
      auth: false,
    });

  it('are refused', async () => {
    const { id, token } = await command();
    await answer(id, token);
    await expect(answer(id, token)).rejects.toMatchObject({ status: 400, code: 40060 });
    const late = await command();
    fake.clock.advance(3_000);
    await expect(late.reply('late')).rejects.toMatchObject({ status: 404, code: 10062 });
    await expect(answer('1', 'unknown')).rejects.toMatchObject({ status: 404, code: 10062 });
  });

  it('end with the token after a quarter of an hour', async () => {
    const interaction = await command();
    await interaction.deferReply();
    fake.clock.advance(15 * 60_000);
    await expect(interaction.editReply('late')).rejects.toMatchObject({ status: 401, code: 50027 });
  });

  it('begun while the bot is away reach it only by a resume', async () => {
    fake.gateway.disconnect();
    const event = once(client, Events.InteractionCreate) as Promise<[ChatInputCommandInteraction]>;
    const id = fake.command(channel, person, 'check', { text: 'a' });
    expect((await event)[0].id).toBe(id);
    expect(fake.gateway.counters).toMatchObject({ resumes: 1, identifies: 1 });
  });
});
