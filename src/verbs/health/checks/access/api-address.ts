import { type DoctorCheck, note, ok, warning } from '../../doctor-check.ts';

export const apiAddress: DoctorCheck = {
  id: 'api-address',
  whether: 'the control API is reached by those who should, and by nobody else',
  worst: 'warning',
  why: 'Tokens and values travel as they are: whoever is on the way can read them, and use the tokens.',
  needsJobs: false,
  examine({ configuration: { api } }) {
    const { host, isOpen, tokens } = api;
    if (!isOpen) return [ok('api.host', `${host}: callers of this machine only`)];
    if (tokens.length === 0) {
      const finding = `${host} is more than this machine, but without a token every caller from elsewhere is refused`;
      return [warning('api.host', finding, 'give callers tokens (api.tokens), or listen at 127.0.0.1')];
    }
    const finding = `${host}: tokens and values travel unencrypted`;
    return [note('api.host', finding, 'let callers from elsewhere come through a proxy that speaks TLS')];
  },
};
