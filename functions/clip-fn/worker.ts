import '#clip/worker';
