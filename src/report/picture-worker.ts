// The process that draws one picture and ends: the renderer gives its memory back late, if at all (see picture.ts).
import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { endWithParent } from '../process/end-with-parent.js';
import { serveRequests } from '../process/requests.js';
import type { PictureProtocol } from './picture.js';

endWithParent();

const require = createRequire(import.meta.url);
const FONT_FAMILY = 'Nanum Gothic';
const FONT_FILES = [
  require.resolve('@expo-google-fonts/nanum-gothic/400Regular/NanumGothic_400Regular.ttf'),
  require.resolve('@expo-google-fonts/nanum-gothic/700Bold/NanumGothic_700Bold.ttf'),
];

serveRequests<PictureProtocol>({
  draw(svg) {
    const picture = new Resvg(svg, {
      font: {
        // The same picture on every machine, Hangul included.
        loadSystemFonts: false,
        fontFiles: FONT_FILES,
        defaultFontFamily: FONT_FAMILY,
        sansSerifFamily: FONT_FAMILY,
      },
    });
    return Promise.resolve(new Uint8Array(picture.render().asPng()));
  },
});
