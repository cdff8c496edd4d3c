import '#http/page/main';
