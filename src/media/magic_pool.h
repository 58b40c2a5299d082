// libmagic, asked for one thing: the MIME type of a few bytes in memory.
//
// A handle serves one caller at a time, so handles are lent; there are never more than there were callers at once.
// libmagic is kept from everything but its table: it unpacks nothing, opens no archive, and never sees a file name.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/bytes.h"

struct magic_set;

namespace stile::media {

class MagicPool {
 public:
  MagicPool();  // reads the database once (milliseconds), so that a missing one shows at the start
  ~MagicPool();
  MagicPool(const MagicPool&) = delete;
  MagicPool& operator=(const MagicPool&) = delete;

  bool works() const { return works_; }
  // E.g. "image/png"; empty when libmagic has no opinion ("application/octet-stream" and its like) or failed.
  std::string mime_of(Bytes head);

 private:
  magic_set* borrow();
  void give_back(magic_set* handle);

  bool works_ = false;
  std::mutex mutex_;
  std::vector<magic_set*> idle_;  // guarded by mutex_
};

}  // namespace stile::media
