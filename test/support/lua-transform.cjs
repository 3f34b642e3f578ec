/** Lua files are bundled as text: so they are in tests. */
module.exports = { process: (text) => ({ code: `export default ${JSON.stringify(text)};` }) };
