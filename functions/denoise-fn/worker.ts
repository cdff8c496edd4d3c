import '#imaging/worker';
