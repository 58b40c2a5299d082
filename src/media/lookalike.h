// What a file that is no photo, video or sound looks like: to name it in a refusal, and to catch the ones in disguise.
//
// Pure; never says yes to anything, so a miss here only costs a better word.
#pragma once

#include <string_view>

#include "media/head.h"

namespace stile::media {

// "a PDF document", "a web page"; empty when nothing comes to mind. White space, byte order marks, comments, XML
// declarations and document types in front of markup are skipped.
std::string_view foreign_name(std::string_view head);

// The same, for signatures of four bytes and more only: sure enough to refuse while most of the head is still to come.
std::string_view certain_foreign_name(std::string_view head);

// How far readers of other formats look for a beginning of theirs.
inline constexpr std::size_t kHidingPlaceBytes = 1024;

// "%PDF-" and a digit within the hiding place: PDF readers accept that, whatever stands in front of it.
bool hides_pdf(std::string_view head);

// A tag of active markup within the hiding place, as browsers and PHP would find it.
bool hides_markup(std::string_view head);

// The same words for a MIME type that libmagic found.
std::string_view name_of_mime(std::string_view mime);

}  // namespace stile::media
