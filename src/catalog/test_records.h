// Records for the tests of this folder, with every field filled with something of its own.
#pragma once

#include <string>

#include "catalog/catalog.h"
#include "catalog/columns.h"

namespace stile::catalog {

inline constexpr WallTime kNow{Milliseconds{1'700'000'000'123}};
inline const std::string kAwkward = "naïve “quotes” ' \" \\ %s :name ; -- 😀\n\ttab";

inline Metadata make_metadata() {
  return {.title = kAwkward,
          .description = "<p>" + kAwkward,
          .tags = "a, b",
          .album_ids = "1,2",
          .publish = false,
          .publish_date = kNow + Milliseconds{1},
          .absolute_url = "/x",
          .variables = {{"colour", kAwkward}}};
}

inline Token make_token(const std::string& name, std::int64_t max_uploads = 1) {
  Token token;
  token.token = name;
  token.created_at = kNow;
  token.valid_until = kNow + Seconds{60};
  token.valid_minutes = 1;
  token.max_uploads = max_uploads;
  token.user_id = 5;
  token.metadata = make_metadata();
  token.return_url = "https://example.com/?a=b";
  token.background_return = true;
  token.extras = {{"b", "2"}, {"a", kAwkward}, {"b", ""}};
  token.max_file_bytes = 1'000'000;
  token.max_total_bytes = 2'000'000;
  token.accepted_types = "image/*";
  token.allowed_origins = "https://example.com";
  return token;
}

inline Upload make_upload(const std::string& id, const std::string& token, std::uint64_t total_size = 1000) {
  Upload upload;
  upload.upload_id = id;
  upload.key = {token, "identifier of " + id, total_size};
  upload.photo_id = 77;
  upload.file_id = 78;
  upload.file_name = kAwkward + ".jpg";
  upload.content_type = "image/jpeg";
  upload.extras = {{"x", "y"}};
  upload.created_at = kNow;
  upload.changed_at = kNow;
  return upload;
}

inline Photo make_photo(std::int64_t photo_id, const Upload& upload) {
  Photo photo;
  photo.photo_id = photo_id;
  photo.tree_id = photo_id + 1;
  photo.token = "0123456789abcdef0123456789abcdef";
  photo.upload_token = upload.key.token;
  photo.upload_id = upload.upload_id;
  photo.user_id = 5;
  photo.metadata = make_metadata();
  photo.file_name = upload.file_name;
  photo.content_type = upload.content_type;
  photo.size = upload.key.total_size;
  photo.crc32 = 0xffffffff;
  photo.created_at = kNow;
  photo.file_id = photo_id + 2;
  photo.poster_id = photo_id + 3;
  photo.poster_type = "image/jpeg";
  photo.poster_size = 4;
  return photo;
}

inline Event make_event(std::int64_t photo_id, WallTime due) {
  Event event;
  event.kind = "callback";
  event.photo_id = photo_id;
  event.url = "https://example.com/?q=" + kAwkward;
  event.created_at = kNow;
  event.next_attempt_at = due;
  return event;
}

inline Finish make_finish(const Upload& upload, std::int64_t photo_id) {
  return {.upload = upload, .photo = make_photo(photo_id, upload), .events = {make_event(photo_id, kNow)}};
}

// A record as text, column by column, to compare two and to show what differs.
template <Record R>
std::string described(const R& record) {
  std::vector<Slot> slots;
  append_slots<R>(slots);
  std::span<Slot> rest = slots;
  write_slots(rest, record);
  std::string text;
  std::size_t next = 0;
  Columns<R>::each(record, [&](std::string_view name, auto&) {
    const Slot& slot = slots[next++];
    const std::string number = slot.null ? "none" : std::to_string(slot.number);
    text += std::string(name) + "=" + (slot.kind == Slot::Kind::text ? slot.text : number) + "\n";
  });
  return text;
}

}  // namespace stile::catalog
