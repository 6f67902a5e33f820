// Addresses of MLflow's own pages, which its client prints (`/#/experiments/ID/runs/ID`), lead to the same thing here. What stands after `#` never
// reaches the server.

const decode = (part) => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

// Where an address of MLflow leads; nothing where it is none.
const placeOf = (hash) => {
  if (!hash.startsWith('#/')) return null;
  const [first, id, second, own] = hash.slice(2).split(/[?#]/)[0].split('/').map(decode);
  const run = first === 'experiments' && second === 'runs' ? own : first === 'runs' ? id : null;
  if (run && /^[0-9a-f-]{32,36}$/i.test(run)) return `/runs/${run}`;
  if (first === 'experiments' && /^\d+$/.test(id ?? '')) return `/runs/experiments/${id}`;
  if (first === 'experiments' && !id) return '/runs';
  if (first === 'models' && id) {
    const version = second === 'versions' && /^\d+$/.test(own ?? '') ? `#version-${own}` : '';
    return `/admin/models/${encodeURIComponent(id)}${version}`;
  }
  return null;
};

const follow = () => {
  const place = placeOf(location.hash);
  if (place) location.replace(place);
};
addEventListener('hashchange', follow);
follow();
