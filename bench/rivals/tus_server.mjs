// A tus server on Node, as its authors show it: @tus/server with @tus/file-store.
//   node tus_server.mjs FOLDER
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'

const server = new Server({ path: '/files', datastore: new FileStore({ directory: process.argv[2] }) })
const http = server.listen({ host: '127.0.0.1', port: 0 }, () =>
  console.log(`listening on http://127.0.0.1:${http.address().port}`))
