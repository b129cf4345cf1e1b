window.commonsIndex = [
];
