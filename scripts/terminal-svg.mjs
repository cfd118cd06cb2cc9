// A picture of a terminal as SVG, for the README: `tmux capture-pane -p -e | node scripts/terminal-svg.mjs > docs/demo.svg`.
import { readFileSync } from 'node:fs';

const cell = { width: 8.4, height: 18 };
const margin = 16;
/** Of the eight colours of a terminal, on a dark ground. */
const colours = ['#3b4252', '#e06c75', '#7ec77e', '#e0c36c', '#6ca0e0', '#c678dd', '#56c8d8', '#d8dee9'];
const ground = '#1e222a';

const lines = readFileSync(0, 'utf8').trimEnd().split('\n');
const columns = Math.max(...lines.map((line) => Array.from(line.replaceAll(/\x1b\[[\d;]*m/g, '')).length));
const width = Math.ceil(columns * cell.width + 2 * margin);
const height = lines.length * cell.height + 2 * margin;

let style = { colour: '', bold: false, dim: false };
const texts = lines.map(renderLine).join('\n');
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="100%" height="100%" rx="8" fill="${ground}"/>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="${colours[7]}" xml:space="preserve">
${texts}
</g>
</svg>`);

/**
 * One line as pieces of one style each, every piece at its own column.
 * @param {string} line
 * @param {number} row
 */
function renderLine(line, row) {
  const y = margin + (row + 0.75) * cell.height;
  let column = 0;
  let pieces = '';
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    if (part.startsWith('\x1b[')) {
      for (const code of part.slice(2, -1).split(';')) applyCode(Number(code));
      continue;
    }
    const length = Array.from(part).length;
    if (part.trim() !== '') pieces += piece(part, margin + column * cell.width, y, length * cell.width);
    column += length;
  }
  return pieces;
}

/** @param {number} code of "select graphic rendition" */
function applyCode(code) {
  if (code === 0) style = { colour: '', bold: false, dim: false };
  else if (code === 1) style.bold = true;
  else if (code === 2) style.dim = true;
  else if (code === 22) style = { ...style, bold: false, dim: false };
  else if (code >= 30 && code <= 37) style.colour = colours[code - 30] ?? '';
  else if (code === 39) style.colour = '';
}

/**
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {number} length in pixels; fonts differ in the width of their letters
 */
function piece(text, x, y, length) {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const attributes = [
    style.colour === '' ? '' : ` fill="${style.colour}"`,
    style.bold ? ' font-weight="bold"' : '',
    style.dim ? ' opacity="0.6"' : '',
  ].join('');
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" textLength="${length.toFixed(1)}"${attributes}>${escaped}</text>`;
}
