// A multipart server on Node: busboy, each file piped to a file of its own.
//   node multipart_server.mjs FOLDER
import { createWriteStream } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import busboy from 'busboy'

const folder = process.argv[2]
let files = 0

const server = createServer((request, response) => {
  const answer = (status) => response.writeHead(status, { 'Content-Length': 0 }).end()
  let writing = 0
  let parsed = false
  let failed = false
  const ended = () => parsed && writing === 0 && answer(failed ? 500 : 200)
  const form = busboy({ headers: request.headers })
  form.on('file', (name, file) => {
    writing += 1
    pipeline(file, createWriteStream(join(folder, String(files++)), { flags: 'wx' }), (error) => {
      writing -= 1
      failed ||= Boolean(error)
      ended()
    })
  })
  form.on('close', () => {
    parsed = true
    ended()
  })
  form.on('error', () => answer(400))
  request.pipe(form)
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
