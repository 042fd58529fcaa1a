export const run = async () => {}
