import '#imaging/segmentation-worker';
