#include "wire_example.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "base/text.h"

namespace stile::protocol {
namespace {

constexpr std::string_view kLengthMark = "\\{length}";

std::string expand(std::string_view text) {
  std::string out;
  const auto broken = [&](std::string_view what) {
    return std::runtime_error("broken escape at: " + std::string(what.substr(0, 20)));
  };
  while (!text.empty()) {
    if (text[0] != '\\') {
      out.push_back(text[0]);
      text.remove_prefix(1);
      continue;
    }
    if (text.starts_with(kLengthMark)) {
      out.append(kLengthMark);
      text.remove_prefix(kLengthMark.size());
      continue;
    }
    if (text.starts_with("\\{")) {
      const std::size_t star = text.find('*'), end = text.find('}');
      if (star == std::string_view::npos || end == std::string_view::npos || star > end) throw broken(text);
      const auto count = parse_u64(text.substr(2, star - 2));
      if (!count) throw broken(text);
      const std::string piece = expand(text.substr(star + 1, end - star - 1));
      out.reserve(out.size() + *count * piece.size());
      for (std::uint64_t i = 0; i < *count; ++i) out.append(piece);
      text.remove_prefix(end + 1);
      continue;
    }
    const char kind = text.size() > 1 ? text[1] : '\0';
    const std::string_view kinds = "rnt\\", bytes = "\r\n\t\\";
    if (const std::size_t at = kinds.find(kind); kind != '\0' && at != std::string_view::npos) {
      out.push_back(bytes[at]);
      text.remove_prefix(2);
    } else if (kind == 'x' && text.size() >= 4) {
      const auto byte = percent_decode("%" + std::string(text.substr(2, 2)), Plus::is_plus);
      if (!byte) throw broken(text);
      out.append(*byte);
      text.remove_prefix(4);
    } else {
      throw broken(text);
    }
  }
  return out;
}

std::string finish_message(std::string message) {
  const std::size_t head_end = message.find("\r\n\r\n");
  const std::size_t length = head_end == std::string::npos ? 0 : message.size() - head_end - 4;
  if (const std::size_t mark = message.find(kLengthMark); mark != std::string::npos)
    message.replace(mark, kLengthMark.size(), std::to_string(length));
  return message;
}

WireExample load(const std::filesystem::path& path) {
  WireExample example{path.stem().string(), {}, {}};
  std::ifstream file(path);
  enum { comment, request, answer } section = comment;
  std::string line, message;
  while (std::getline(file, line)) {
    if (section == comment && line == ">>>") {
      section = request;
    } else if (section == request && (line == "---" || line == "<<<")) {
      example.bytes += finish_message(std::move(message));
      message.clear();
      if (line == "<<<") section = answer;
    } else if (section == request) {
      message += expand(line);
    } else if (section == answer) {
      example.transcript += line + "\n";
    } else if (!line.starts_with('#')) {
      throw std::runtime_error(path.string() + ": expected a comment or >>>");
    }
  }
  if (section != answer) throw std::runtime_error(path.string() + ": no <<<");
  return example;
}

}  // namespace

std::vector<WireExample> load_wire_examples(const std::string& directory) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    if (entry.path().extension() == ".wire") paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<WireExample> examples;
  for (const auto& path : paths) {
    try {
      examples.push_back(load(path));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(path.string() + ": " + error.what());
    }
  }
  return examples;
}

}  // namespace stile::protocol
