import { render } from 'preact';
import './styles/base.css';
import './styles/faces.css';
import './styles/panels.css';
import './styles/frame.css';
import './styles/cells.css';
import './styles/board.css';
import { App } from './app';
import { listenToKeys } from './state/keys';
import { followLinks } from './state/route';
import './state/theme';

listenToKeys();
followLinks();
render(<App />, document.getElementById('page')!);
