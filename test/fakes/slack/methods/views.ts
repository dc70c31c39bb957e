// views.*: modals by trigger_id.
import { ApiError } from '../api-error.js';
import type { View } from '../core.js';
import { openView, updateView, useTrigger, viewJson } from '../views.js';
import type { Call, Methods } from './method.js';

const contentIn = ({ args }: Call) => args.json('view', 'invalid_arguments');

function viewOf({ core, args }: Call): View {
  const id = args.text('view_id');
  const external = args.text('external_id');
  const view =
    id !== undefined
      ? core.views.get(id)
      : [...core.views.values()].find(
          ({ content }) => external !== undefined && content.external_id === external,
        );
  if (!view?.open) throw new ApiError('not_found');
  return view;
}

export const viewMethods: Methods = {
  'views.open': {
    run(call) {
      const { core, args } = call;
      const user = useTrigger(core, args.required('trigger_id'));
      return { view: viewJson(core, openView(core, user, contentIn(call), 'open')) };
    },
  },

  'views.push': {
    run(call) {
      const { core, args } = call;
      const user = useTrigger(core, args.required('trigger_id'));
      const top = [...core.views.values()].filter((view) => view.open && view.user === user).at(-1);
      if (!top) throw new ApiError('not_found');
      return { view: viewJson(core, openView(core, user, contentIn(call), 'push', top)) };
    },
  },

  'views.update': {
    run(call) {
      const { core, args } = call;
      const view = viewOf(call);
      const hash = args.text('hash');
      if (hash !== undefined && hash !== view.hash) throw new ApiError('hash_conflict');
      updateView(core, view, contentIn(call));
      return { view: viewJson(core, view) };
    },
  },
};
