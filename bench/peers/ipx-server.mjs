// ipx from a folder in which it was installed. usage: node ipx-server.mjs FOLDER PORT
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, port] = process.argv.slice(2);
const find = createRequire(path.resolve(folder, 'package.json'));
const { createIPX, createIPXNodeServer, ipxHttpStorage } = await import(pathToFileURL(find.resolve('ipx')).href);
const ipx = createIPX({ httpStorage: ipxHttpStorage({ allowAllDomains: true }) });
createServer(createIPXNodeServer(ipx)).listen(Number(port), '127.0.0.1');
