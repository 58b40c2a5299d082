#include "http/reply.h"

#include "base/check.h"

namespace stile::http {

Reply text_reply(int status, std::string content_type, std::string body) {
  Reply reply;
  reply.status = status;
  reply.body = std::move(body);
  reply.set("Content-Type", std::move(content_type)).set("X-Content-Type-Options", "nosniff");
  return reply;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
  }
}

std::string serialise_head(const Reply& reply, std::uint64_t body_length, bool keep_alive, std::string_view date) {
  std::string head;
  head.reserve(512);
  head.append("HTTP/1.1 ").append(std::to_string(reply.status)).append(" ").append(reason_phrase(reply.status));
  head.append("\r\nDate: ").append(date);
  for (const auto& [name, value] : reply.headers) {
    CHECK(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    head.append("\r\n").append(name).append(": ").append(value);
  }
  // 204 and 304 have no body and must not announce one (RFC 9110, 8.6).
  if (reply.status != 204 && reply.status != 304) head.append("\r\nContent-Length: ").append(std::to_string(body_length));
  head.append(keep_alive ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n");
  return head;
}

}  // namespace stile::http
