// What can be said about a file before a byte is sent. The server, which looks at the content, has the last word: only what
// is certainly hopeless is stopped here. Pure.
import { bytes, say } from "./format.js";

const kDocuments =
  /^(text\/|font\/|application\/(pdf|zip|gzip|json|xml|rtf|javascript|msword|vnd\.ms-|vnd\.openxmlformats|vnd\.oasis|x-zip|x-7z|x-rar|x-msdos|x-msdownload|x-sh|java))/;
// Systems take these endings for program texts; they may be films.
const kAmbiguousName = /\.(ts|mts|m2ts|tod|mod|vob|mxf)$/i;

function surelyWrongType(file, accepted) {
  if (!file.type || accepted.length === 0 || kAmbiguousName.test(file.name)) return false;
  const major = `${file.type.split("/")[0]}/`;
  if (accepted.some((type) => type.startsWith(major))) return false;
  return kDocuments.test(file.type) || ["image/", "video/", "audio/"].includes(major);
}

// A sentence why the file cannot be sent, or "".
export function objection(file, page) {
  if (file.size === 0) return say("empty_file");
  if (page.max_file_bytes > 0 && file.size > page.max_file_bytes) {
    return say("too_large", { size: bytes(file.size), limit: bytes(page.max_file_bytes) });
  }
  if (surelyWrongType(file, page.accepted_types)) return say("wrong_type", { kinds: page.accepted_kinds });
  return "";
}
