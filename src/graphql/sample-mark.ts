import type { ApolloServerPlugin } from '@apollo/server';

/** Says in `extensions` that what is answered is sample data. */
export const sampleMark: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async willSendResponse({ response: { body } }) {
        if (body.kind === 'single') body.singleResult.extensions = { ...body.singleResult.extensions, sample: true };
      },
    };
  },
};
