/** The origins that lib/config.ts lets in, as the list that CORS wants. */
module.exports = () => (process.env.PARLEY_ORIGINS || 'http://localhost:5173').split(',');
