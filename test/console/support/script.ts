/** Does something as soon as a browser takes it for markup. In the pictures of the guide stands something to read instead. */
export const SCRIPT =
  process.env['PICTURES'] === undefined
    ? '<img src=x onerror="window.taken=1"><script>window.taken=1</script>'
    : 'Apples and pears.';
