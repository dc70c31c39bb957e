// One connection to Discord, from the login to its end.
import { type Client, Events, type RESTGetAPIGatewayBotResult, Routes } from 'discord.js';
import type { Logger } from '../../src/log.js';
import { explainFailure } from './explain-close.js';
import type { IdentifyBreaker } from './identify-breaker.js';

export interface LoginConfig {
  token: string;
  apiUrl: string;
  breaker: IdentifyBreaker;
  logger: Logger;
  /** Longest time until everything is there. */
  deadlineMs: number;
}

/**
 * Resolves when every server is there.
 * @throws NunchiError `platform-refused`, `platform-unreachable`
 */
export async function logIn(client: Client, config: LoginConfig): Promise<Client<true>> {
  const { token, apiUrl, breaker, logger, deadlineMs } = config;
  let closeCode: number | undefined;
  let connected = false;
  let timer: NodeJS.Timeout | undefined;
  client.on(Events.Error, (error) => logger.warn('the Discord client reports an error', { error }));
  client.on(Events.ShardError, (error) => logger.warn('the connection to Discord broke', { error }));
  client.on(Events.ShardResume, () => logger.info('the connection to Discord is back', {}));
  client.on(Events.ShardDisconnect, ({ code }) => {
    closeCode = code;
    if (!connected) return;
    const { message, hint } = explainFailure({ closeCode: code, apiUrl });
    logger.error(`${message}. ${hint ?? ''}`, { platform: 'discord', status: code });
  });
  const ready = new Promise<void>((resolve) => client.once(Events.ClientReady, () => resolve()));
  try {
    client.rest.setToken(token);
    const gateway = (await client.rest.get(Routes.gatewayBot())) as RESTGetAPIGatewayBotResult;
    await breaker.pass(gateway.session_start_limit);
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('The gateway does not answer')), deadlineMs);
    });
    await Promise.race([client.login(token).then(() => ready), late]);
    connected = true;
    return client as Client<true>;
  } catch (error) {
    // After a refused login discord.js has already ended.
    await client.destroy();
    throw explainFailure({ error, closeCode, apiUrl });
  } finally {
    clearTimeout(timer);
  }
}
