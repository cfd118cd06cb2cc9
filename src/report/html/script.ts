/**
 * The page's script: tables sort by their columns, and a line moves over a picture while its sound plays. The page says
 * all it has to say without it.
 */
export const script = `
for (const table of document.querySelectorAll('table[data-sortable]')) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const order = head.getAttribute('aria-sort') === 'descending' ? 'ascending' : 'descending';
      heads.forEach((other) => other.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', order);
      const body = table.tBodies[0];
      const valueOf = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
      const rows = [...body.rows].sort((a, b) => {
        const [x, y] = [valueOf(a), valueOf(b)];
        const difference = x - y;
        return Number.isNaN(difference) ? x.localeCompare(y) : difference;
      });
      body.append(...(order === 'descending' ? rows.reverse() : rows));
    });
  });
}
for (const timeline of document.querySelectorAll('.timeline')) {
  const audio = timeline.closest('article').querySelector('audio');
  const cursor = timeline.querySelector('.cursor');
  if (!audio || !cursor) continue;
  const { left, width, seconds } = timeline.dataset;
  const draw = () => {
    cursor.style.display = 'block';
    cursor.style.left = (Number(left) + Number(width) * Math.min(1, audio.currentTime / Number(seconds))) * 100 + '%';
    if (!audio.paused && !audio.ended) requestAnimationFrame(draw);
  };
  audio.addEventListener('play', draw);
  audio.addEventListener('seeked', draw);
}
`.trim();
