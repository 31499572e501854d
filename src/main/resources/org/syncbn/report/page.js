// Sorts a table by the column whose title is chosen, and filters long ones by a text.
for (const table of document.querySelectorAll('table')) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const titles = [...table.tHead.rows[0].cells];
  const number = cell => {
    const value = parseFloat(cell.textContent.replace(/,/g, ''));
    return isNaN(value) ? -Infinity : value;
  };
  titles.forEach((title, column) => {
    const words = title.className === 'w';
    const order = (a, b) => {
      const x = a.cells[column], y = b.cells[column];
      return words ? x.textContent.localeCompare(y.textContent) : number(x) - number(y);
    };
    const sort = () => {
      const state = title.ariaSort;
      titles.forEach(other => { other.ariaSort = null; });
      const sorted = [...rows];
      if (state !== 'descending') {
        title.ariaSort = state === 'ascending' ? 'descending' : 'ascending';
        const sign = state === 'ascending' ? -1 : 1;
        sorted.sort((a, b) => sign * order(a, b));
      }
      body.append(...sorted);
    };
    title.tabIndex = 0;
    title.title = 'Sort';
    title.onclick = sort;
    title.onkeydown = event => { if (event.key === 'Enter') sort(); };
  });
  const frame = table.parentElement;
  if (frame.classList.contains('long')) {
    const search = document.createElement('input');
    const found = document.createElement('output');
    search.type = 'search';
    search.placeholder = 'Search';
    search.ariaLabel = 'Search the table';
    search.oninput = () => {
      const text = search.value.toLowerCase();
      let count = 0;
      for (const row of rows) {
        row.hidden = !row.textContent.toLowerCase().includes(text);
        if (!row.hidden) count++;
      }
      found.textContent = text ? `${count} of ${rows.length} rows` : '';
    };
    frame.before(search, found);
  }
}
