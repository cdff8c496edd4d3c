import '#imaging/matte-worker';
