#include "api/clean_html.h"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/text.h"

namespace stile::api {
namespace {

// The parser stops at 256 levels; this only keeps the recursion below honest should that ever change.
constexpr int kMaxDepth = 300;
constexpr int kMaxPasses = 3;  // of strip_markup; nobody writes entities of entities of tags by accident

struct FreeContext {
  void operator()(htmlParserCtxt* context) const { htmlFreeParserCtxt(context); }
};
struct FreeDocument {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using Document = std::unique_ptr<xmlDoc, FreeDocument>;

std::string_view view(const xmlChar* text) {
  return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view();
}

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::ranges::find(names, name) != names.end();
}

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Whether the '<' at `at` begins a tag, a comment or a declaration for an HTML tokenizer. libxml2 would take more for a
// broken tag, and swallow the text up to the next '>'.
bool begins_markup(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at + 1);
  if (rest.empty()) return false;
  if (rest[0] == '/') return rest.size() > 1 && is_ascii_letter(rest[1]);
  return is_ascii_letter(rest[0]) || rest[0] == '!' || rest[0] == '?';
}

bool has_markup(std::string_view text) {
  for (std::size_t at = text.find('<'); at != text.npos; at = text.find('<', at + 1))
    if (begins_markup(text, at)) return true;
  return false;
}

Result<Document> parse(std::string_view html) {
  static const bool ready = [] {
    xmlInitParser();  // before the first use by two threads at once
    return true;
  }();
  (void)ready;
  if (html.size() > kMaxMarkup) return fail(Errc::invalid_input, "is too long");
  // Inside an explicit body, text does not get paragraphs of the parser's own around it.
  std::string source = "<html><body>";
  for (std::size_t i = 0; i < html.size(); ++i) {
    if (html[i] == '<' && !begins_markup(html, i)) {
      source.append("&lt;");
    } else {
      source.push_back(html[i]);
    }
  }
  const std::unique_ptr<htmlParserCtxt, FreeContext> context(htmlNewParserCtxt());
  if (!context) throw std::bad_alloc();
  Document document(htmlCtxtReadMemory(context.get(), source.data(), static_cast<int>(source.size()), nullptr, "UTF-8",
                                       HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                           HTML_PARSE_NONET | HTML_PARSE_NODEFDTD | HTML_PARSE_IGNORE_ENC));
  // disableSAX: the parser gave up in the middle, so the tree lacks the rest of the text.
  if (!document || context->disableSAX != 0) return fail(Errc::invalid_input, "is nested too deeply");
  return document;
}

// ---- All markup away -----------------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 24> kBreaking{"p",  "br", "div",     "ul",    "ol",         "li", "table", "tr",
                                                     "h1", "h2", "h3",      "h4",    "h5",         "h6", "hr",    "pre",
                                                     "dl", "dt", "section", "aside", "blockquote", "dd", "td",    "th"};

// Appends the text below `node` and its siblings; where a block begins or ends, words stay apart.
void append_text(const xmlNode* node, char separator, int depth, std::string& out) {
  const auto separate = [&] {
    if (!out.empty() && out.back() != separator && out.back() != ' ' && out.back() != '\n') out.push_back(separator);
  };
  for (; node && depth < kMaxDepth; node = node->next) {
    if (node->type == XML_TEXT_NODE) out.append(view(node->content));
    if (node->type != XML_ELEMENT_NODE) continue;  // comments, script and style (their text is CDATA), declarations
    const bool breaking = is_one_of(view(node->name), kBreaking);
    if (breaking) separate();
    append_text(node->children, separator, depth + 1, out);
    if (breaking) separate();
  }
}

std::string text_of(const Document& document, char separator) {
  std::string text;
  append_text(document->children, separator, 0, text);
  return text;
}

// ---- The safe subset -----------------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 17> kAllowed{"p",  "br", "b",          "i",  "em", "strong", "ul", "ol", "li",
                                                    "h1", "h2", "blockquote", "h3", "h4", "h5",     "h6", "a"};

bool is_safe_link(std::string_view href) {
  if (std::ranges::any_of(href, [](unsigned char c) { return c <= 0x20 || c == 0x7f; })) return false;
  const std::string start = to_lower(href.substr(0, 8));
  return start.starts_with("http://") || start == "https://" || start.starts_with("mailto:");
}

// Writes the tree anew, so that nothing of the input but text and link targets, both escaped, gets into the output.
class SubsetWriter {
 public:
  // False as soon as something is not allowed.
  bool write(const xmlNode* node, int depth) {
    for (; node; node = node->next)
      if (!write_one(node, depth)) return false;
    return depth < kMaxDepth;
  }
  std::string take() { return std::move(out_); }

 private:
  bool write_one(const xmlNode* node, int depth) {
    switch (node->type) {
      case XML_TEXT_NODE: out_.append(escape_markup(view(node->content))); return true;
      case XML_COMMENT_NODE: return true;
      case XML_ELEMENT_NODE: return write_element(node, depth);
      default: return false;
    }
  }

  bool write_element(const xmlNode* node, int depth) {
    const std::string_view name = view(node->name);
    if (node->ns || !is_one_of(name, kAllowed)) return false;
    out_.append("<").append(name);
    for (const xmlAttr* attribute = node->properties; attribute; attribute = attribute->next) {
      const std::string_view value = attribute->children ? view(attribute->children->content) : "";
      if (name != "a" || view(attribute->name) != "href" || !is_safe_link(value)) return false;
      out_.append(" href=\"").append(escape_markup(value)).append("\"");
    }
    out_.append(">");
    if (name == "br") return !node->children;
    if (depth >= kMaxDepth || !write(node->children, depth + 1)) return false;
    out_.append("</").append(name).append(">");
    return true;
  }

  std::string out_;
};

// The body that `parse` put around the input; nullptr when the input broke out of it.
const xmlNode* only_body(const Document& document) {
  const xmlNode* html = document->children;
  if (!html || html->next || html->type != XML_ELEMENT_NODE || html->properties) return nullptr;
  const xmlNode* body = html->children;
  if (!body || body->next || view(body->name) != "body" || body->properties) return nullptr;
  return body;
}

}  // namespace

Result<std::string> strip_markup(std::string_view text) {
  std::string plain(text);
  if (text.find_first_of("<&") != std::string_view::npos) {
    int passes = 0;
    do {  // again while entities turn out to have hidden tags: many a page shows titles as they are
      if (++passes > kMaxPasses) return fail(Errc::invalid_input, "hides markup in entities");
      auto document = parse(plain);
      if (!document) return fail(std::move(document).error());
      plain = text_of(*document, ' ');
    } while (has_markup(plain));
  }
  for (char& c : plain)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return std::string(trim(plain));
}

Result<std::string> clean_html(std::string_view html) {
  if (html.find('<') == std::string_view::npos) return std::string(html);
  auto document = parse(html);
  if (!document) return fail(std::move(document).error());
  SubsetWriter writer;
  const xmlNode* body = only_body(*document);
  if (body && writer.write(body->children, 0)) return writer.take();
  return escape_markup(trim(text_of(*document, '\n')));
}

}  // namespace stile::api
